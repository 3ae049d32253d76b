using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>What can go wrong at any segment, each with its outcome.</summary>
public sealed class UploadFailureTests(SharedProxy shared) : IClassFixture<SharedProxy>
{
    private const string Append = "POST /2/media/upload/{id}/append";
    private const string Finalize = "POST /2/media/upload/{id}/finalize";
    private const int Length = 2_500_000; // three segments

    private static readonly byte[] Video = TusClient.Video(Length);

    public static TheoryData<Fault, int> PassingTrouble =>
        new()
        {
            {
                new()
                {
                    Endpoint = Append,
                    Skip = 0,
                    Times = 1,
                    Variant = FaultVariant.UnavailableJson,
                },
                4
            },
            {
                new()
                {
                    Endpoint = Append,
                    Skip = 1,
                    Times = 1,
                    Variant = FaultVariant.Html,
                },
                4
            },
            {
                new()
                {
                    Endpoint = Append,
                    Skip = 2,
                    Times = 1,
                    Variant = FaultVariant.Empty,
                },
                4
            },
            {
                new()
                {
                    Endpoint = Append,
                    Skip = 1,
                    Times = 1,
                    LostResponse = true,
                },
                4
            },
            {
                new()
                {
                    Endpoint = Append,
                    Skip = 2,
                    Times = 1,
                    CutOff = true,
                },
                4
            },
            {
                new()
                {
                    Endpoint = Finalize,
                    Times = 1,
                    Variant = FaultVariant.ServerErrorJson,
                },
                3
            },
        };

    [Theory]
    [MemberData(nameof(PassingTrouble))]
    public async Task Trouble_that_passes_is_not_the_clients(Fault trouble, int appends)
    {
        var (proxy, alice) = await FreshAsync();
        proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = trouble.Endpoint,
                Skip = trouble.Skip,
                Times = trouble.Times,
                Variant = trouble.Variant,
                LostResponse = trouble.LostResponse,
                CutOff = trouble.CutOff,
            }
        );
        var path = await alice.Http.BeginAsync(Length);

        await alice.Http.SendAsync(path, 0, Video);

        var ended = await alice.Http.EndAsync(path, clock: null);
        var media = proxy.Sandbox.Media.Find(ended.MediaId())!;
        Assert.Equal((TusClient.Sha256(Video), 3), (media.Sha256, media.SegmentsReceived));
        Assert.Equal(appends, proxy.Sandbox.Counters.Requests(Append));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task X_that_fails_for_longer_is_told_and_nothing_acknowledged_is_lost(int segment)
    {
        await using var proxy = await StartAsync(("Media:SegmentRetryTime", "00:00:00"));
        var alice = await proxy.SignInAsync("alice");
        var outage = proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = Append,
                Skip = segment,
                Variant = FaultVariant.UnavailableJson,
            }
        );
        var path = await alice.Http.BeginAsync(Length);

        var refused = await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, 0, Video), 502, "upstream_failed");
        proxy.Sandbox.Faults.Remove(outage);

        Assert.True(refused.Retryable);
        await ResumeAsync(proxy, alice, path);
    }

    [Theory]
    [InlineData(413, 0)]
    [InlineData(413, 2)]
    [InlineData(431, 0)]
    [InlineData(431, 1)]
    public async Task A_segment_that_X_finds_too_large_ends_the_upload_and_names_the_setting(int status, int segment)
    {
        var (proxy, alice) = await FreshAsync();
        proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = Append,
                Skip = segment,
                Status = status,
            }
        );
        var path = await alice.Http.BeginAsync(Length);

        var refused = await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, 0, Video), 422, "media_rejected");

        Assert.Contains("Media:MaxSegmentBytes", refused.Detail, StringComparison.Ordinal);
        Assert.Equal("media_rejected", (await alice.Http.EndAsync(path, "failed")).GetProperty("error").GetProperty("reason").GetString());
        await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, 0, Video), 422, "media_rejected");
    }

    [Fact]
    public async Task A_413_for_the_whole_media_is_not_told_as_one_for_a_segment()
    {
        var (proxy, alice) = await FreshAsync();
        proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "POST /2/media/upload/initialize",
                Status = 413,
                Body = """{"detail":"at most 512 MB"}""",
            }
        );

        var refused = await Refusal.ExpectAsync(
            await alice.Http.BeginAsync(Length, TusClient.Metadata(("filetype", "video/mp4"))),
            413,
            "media_too_large"
        );

        Assert.Equal("X finds the media too large: X answered 413: at most 512 MB.", refused.Detail);
    }

    [Fact]
    public async Task An_initialize_that_names_no_media_is_told_in_Xs_words()
    {
        var (proxy, alice) = await FreshAsync();
        proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "POST /2/media/upload/initialize",
                Status = 200,
                Body = """{"title":"Not now","detail":"uploads are paused"}""",
            }
        );

        var refused = await Refusal.ExpectAsync(
            await alice.Http.BeginAsync(Length, TusClient.Metadata(("filetype", "video/mp4"))),
            502,
            "upstream_broken"
        );

        Assert.EndsWith("X answered 200: uploads are paused.", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_window_that_is_used_up_is_told_with_the_time_and_the_upload_goes_on_after_it()
    {
        var clock = new ManualClock();
        await using var proxy = await StartAsync(clock, ("Media:SegmentRetryTime", "00:00:00"));
        var alice = await proxy.SignInAsync("alice");
        proxy.Sandbox.Limits.Set(Append, new() { PerUser = 2 });
        var path = await alice.Http.BeginAsync(Length);

        var refused = await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, 0, Video), 429, "rate_limited");
        Assert.InRange(refused.RetryAfter!.Value, 1, 900);
        clock.Advance(TimeSpan.FromSeconds(refused.RetryAfter.Value));

        await ResumeAsync(proxy, alice, path, clock);
        Assert.Equal(0, proxy.Sandbox.Counters.Overspent); // the first segment's answer told of the window
    }

    [Fact]
    public async Task X_that_forgets_the_upload_ends_it()
    {
        var (proxy, alice) = await FreshAsync();
        var path = await alice.Http.BeginAsync(Length);
        await alice.Http.SendAsync(path, 0, Video[..TusClient.Mebibyte]);
        proxy.Sandbox.Media.Forget((await proxy.UploadAsync(path))!.MediaId);

        await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, TusClient.Mebibyte, Video[TusClient.Mebibyte..]), 410, "upload_gone");

        using var head = await alice.Http.HeadAsync(path);
        Assert.Equal(System.Net.HttpStatusCode.Gone, head.StatusCode); // tus clients begin a new upload then
        Assert.Equal("upload_gone", (await alice.Http.EndAsync(path, "failed")).GetProperty("error").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_token_that_dies_in_the_middle_is_refreshed_and_the_client_sees_nothing(int segments)
    {
        await using var proxy = await StartAsync(("Sessions:MinimumRefreshInterval", "00:00:00"));
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(Length);
        await alice.Http.SendAsync(path, 0, Video[..(segments * TusClient.Mebibyte)]);

        proxy.Sandbox.Accounts.ExpireTokens("alice");

        await ResumeAsync(proxy, alice, path);
        Assert.Equal(1, proxy.Sandbox.Counters.RefreshesOf("alice"));
    }

    [Theory]
    [InlineData(FaultVariant.Unauthorized, 401, "reconnect_needed", "401")]
    [InlineData(FaultVariant.CreditsDepleted, 402, "credits_depleted", "402")]
    [InlineData(FaultVariant.ClientForbidden, 403, "upstream_refused", "403")]
    [InlineData(FaultVariant.UsageCapped, 429, "usage_capped", "429")]
    [InlineData(FaultVariant.NotFoundPartial, 403, "upstream_refused", "200")]
    [InlineData(FaultVariant.Redirect, 500, "proxy_misconfigured", "Twitter:ApiBaseUrl")]
    public async Task What_somebody_can_mend_does_not_end_the_upload_and_is_no_fault_of_the_media(
        FaultVariant variant,
        int status,
        string reason,
        string words
    )
    {
        var (proxy, alice) = await FreshAsync();
        var unpaid = proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = Append,
                Skip = 1,
                Variant = variant,
            }
        );
        var path = await alice.Http.BeginAsync(Length);

        var refused = await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, 0, Video), status, reason);
        proxy.Sandbox.Faults.Remove(unpaid);

        Assert.Contains(words, refused.Detail, StringComparison.Ordinal);
        await ResumeAsync(proxy, alice, path);
    }

    [Fact]
    public async Task An_upload_whose_first_bytes_are_refused_is_named_and_goes_on()
    {
        var (proxy, alice) = await FreshAsync();
        var unpaid = proxy.Sandbox.Faults.Add(new() { Endpoint = Append, Variant = FaultVariant.CreditsDepleted });

        using var begun = await alice.Http.BeginAsync(Length, TusClient.Metadata(("filetype", "video/mp4")), Video);
        await Refusal.ExpectAsync(begun, 402, "credits_depleted");
        proxy.Sandbox.Faults.Remove(unpaid);

        await ResumeAsync(proxy, alice, begun.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_session_that_ends_in_the_middle_takes_no_more_bytes()
    {
        var (proxy, user) = (shared.Host, shared.Begin());
        var (alice, again) = (await proxy.SignInAsync(user), await proxy.SignInAsync(user));
        var path = await alice.Http.BeginAsync(Length);
        await alice.Http.SendAsync(path, 0, Video[..TusClient.Mebibyte]);
        await alice.Http.DeleteAsync("/v1/session");

        await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, TusClient.Mebibyte, Video[TusClient.Mebibyte..]), 401, "session_ended");

        await ResumeAsync(proxy, again, path); // another session of the account goes on with it
    }

    [Fact]
    public async Task A_client_that_has_used_up_its_own_rate_sends_nothing_and_goes_on_later()
    {
        var clock = new ManualClock();
        await using var proxy = await StartAsync(
            clock,
            ("Clients:app:ApiKeys:0", Core.Clients.ApiKey.Hash(ProxyHost.ApiKey)),
            ("Clients:app:TokenLimit", "3"), // the sign-in is one
            ("Clients:app:TokensPerPeriod", "1"),
            ("Clients:app:ReplenishmentPeriod", "00:01:00")
        );
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(Length);
        await alice.Http.SendAsync(path, 0, Video[..1000]);

        await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, 1000, Video[1000..]), 429, "client_rate_limited");
        await Refusal.ExpectAsync(
            await alice.Http.BeginAsync(10, TusClient.Metadata(("filetype", "video/mp4"))),
            429,
            "client_rate_limited"
        );

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1000, await alice.Http.OffsetAsync(path));
    }

    [Fact]
    public async Task Without_the_scope_nothing_is_begun()
    {
        var alice = await shared.Host.SignInAsync(shared.Begin(), ["tweet.read", "users.read", "tweet.write"]);

        var problem = await Refusal.ExpectAsync(
            await alice.Http.BeginAsync(10, TusClient.Metadata(("filetype", "video/mp4"))),
            403,
            "scope_missing"
        );
        Assert.Contains("media.write", problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, """{"title":"Invalid Request","detail":"no such animal"}""", 422, "media_rejected")]
    [InlineData(400, "no such animal", 422, "media_rejected")]
    [InlineData(404, """{"detail":"no such animal"}""", 403, "upstream_refused")]
    [InlineData(200, """{"errors":[{"title":"Forbidden","detail":"no such animal"}]}""", 403, "upstream_refused")]
    [InlineData(402, """{"title":"CreditsDepleted","detail":"no such animal"}""", 402, "credits_depleted")]
    [InlineData(403, """{"errors":[{"message":"no such animal"}]}""", 403, "upstream_refused")]
    public async Task X_that_refuses_to_initialize_is_told_in_its_own_words(int status, string body, int answer, string reason)
    {
        var (proxy, alice) = await FreshAsync();
        proxy.Sandbox.Faults.Add(
            new()
            {
                Endpoint = "POST /2/media/upload/initialize",
                Status = status,
                Body = body,
            }
        );

        var problem = await Refusal.ExpectAsync(
            await alice.Http.BeginAsync(10, TusClient.Metadata(("filetype", "video/mp4"))),
            answer,
            reason
        );
        Assert.Contains("no such animal", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_that_is_away_acknowledges_nothing()
    {
        await using var proxy = await ProxyHost.StartAsync(new() { Customize = builder => builder.TapStore<UploadRecord>() });
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(Length);
        proxy.Tapped<UploadRecord>().BeforeWrite = (_, _) => throw new Core.Storage.StoreUnavailableException("scripted");

        await Refusal.ExpectAsync(await alice.Http.PatchAsync(path, 0, Video), 503, "storage_unavailable");
        proxy.Tapped<UploadRecord>().BeforeWrite = null;

        await ResumeAsync(proxy, alice, path);
    }

    private async Task<(ProxyHost Proxy, SignedIn Alice)> FreshAsync()
    {
        var user = shared.Begin();
        return (shared.Host, await shared.Host.SignInAsync(user));
    }

    private static async Task ResumeAsync(ProxyHost proxy, SignedIn alice, string path, ManualClock? clock = null)
    {
        var offset = (int)await alice.Http.OffsetAsync(path);
        Assert.Equal(Length, await alice.Http.SendAsync(path, offset, Video[offset..]));
        var media = proxy.Sandbox.Media.Find((await alice.Http.EndAsync(path, clock: clock)).MediaId())!;
        Assert.Equal((TusClient.Sha256(Video), 3), (media.Sha256, media.SegmentsReceived));
    }

    private static Task<ProxyHost> StartAsync(params (string Name, string Value)[] settings) => StartAsync(null, settings);

    private static Task<ProxyHost> StartAsync(ManualClock? clock, params (string Name, string Value)[] settings) =>
        ProxyHost.StartAsync(new() { Clock = clock, Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value) });
}
