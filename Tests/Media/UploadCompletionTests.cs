using System.Text.Json;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Media;

/// <summary>Trouble once every byte is at X. The clock is the test's, and X processes for 20 s.</summary>
public sealed class UploadCompletionTests(UploadCompletionTests.OneProxy shared)
    : FreshAccountTest(shared),
        IClassFixture<UploadCompletionTests.OneProxy>
{
    private const string Finalize = "POST /2/media/upload/{id}/finalize";
    private const string Status = "GET /2/media/upload";

    private static readonly byte[] Video = TusClient.Video(200_000);

    private ManualClock Clock { get; } = shared.Clock;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        X.Media.ProcessingDuration = TimeSpan.FromSeconds(20);
    }

    [Theory]
    [InlineData(Finalize, FaultVariant.NotFoundPartial)]
    [InlineData(Finalize, FaultVariant.Html)]
    [InlineData(Finalize, FaultVariant.Empty)]
    [InlineData(Status, FaultVariant.NotFoundPartial)]
    [InlineData(Status, FaultVariant.Html)]
    [InlineData(Status, FaultVariant.Empty)]
    public async Task A_success_that_does_not_name_the_media_is_no_success(string endpoint, FaultVariant variant)
    {
        var odd = X.Faults.Add(
            new()
            {
                Endpoint = endpoint,
                Times = 2,
                Status = 200,
                Variant = variant,
            }
        );
        var began = Clock.GetUtcNow();

        var ended = await Alice.Http.EndAsync(await SendAsync(), clock: Clock);

        Assert.Equal((2, TusClient.Sha256(Video)), (odd.Hits, X.Media.Find(ended.MediaId())!.Sha256));
        Assert.True(Clock.GetUtcNow() - began >= X.Media.ProcessingDuration, "It was told to be ready before X had it ready.");
    }

    [Fact]
    public async Task A_finalize_in_doubt_waits_until_X_tells_how_it_is()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Finalize,
                Times = 1,
                LostResponse = true,
            }
        );
        var repeated = X.Faults.Add(new() { Endpoint = Finalize, Variant = FaultVariant.InvalidRequest });
        var silent = X.Faults.Add(new() { Endpoint = Status, Variant = FaultVariant.UnavailableJson });
        var path = await SendAsync();
        var held = await Alice.Http.UntilAsync(path, HasError, Clock);
        Assert.Equal("finalizing", held.State());

        X.Faults.Remove(silent);
        var ended = await Alice.Http.EndAsync(path, clock: Clock);

        Assert.True(repeated.Hits > 0);
        Assert.Equal(TusClient.Sha256(Video), X.Media.Find(ended.MediaId())!.Sha256);
    }

    [Fact]
    public async Task A_finalize_in_doubt_that_X_tells_nothing_of_is_told_as_in_doubt()
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Finalize,
                Times = 1,
                LostResponse = true,
            }
        );
        X.Faults.Add(new() { Endpoint = Finalize, Variant = FaultVariant.InvalidRequest });
        X.Faults.Add(
            new()
            {
                Endpoint = Status,
                Status = 400,
                Body = """{"errors":[{"message":"BadRequest: Not found"}]}""",
            }
        );

        var ended = await Alice.Http.EndAsync(await SendAsync(), "failed", Clock);

        var error = ended.GetProperty("error");
        Assert.Equal("outcome_unknown", error.GetProperty("reason").GetString());
        Assert.Contains("to find out", error.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_refusal_to_tell_how_far_it_is_proves_nothing()
    {
        var refused = X.Faults.Add(
            new()
            {
                Endpoint = Status,
                Times = 2,
                Status = 400,
                Body = """{"errors":[{"message":"BadRequest: Not found"}]}""",
            }
        );

        var ended = await Alice.Http.EndAsync(await SendAsync(), clock: Clock);

        Assert.Equal((2, TusClient.Sha256(Video)), (refused.Hits, X.Media.Find(ended.MediaId())!.Sha256));
    }

    [Fact]
    public async Task X_that_no_longer_tells_is_not_waited_for_without_end()
    {
        X.Faults.Add(new() { Endpoint = Status, Variant = FaultVariant.NotFound });
        var began = Clock.GetUtcNow();

        var ended = await Alice.Http.EndAsync(await SendAsync(), "failed", Clock);

        Assert.Equal("outcome_unknown", ended.GetProperty("error").GetProperty("reason").GetString());
        Assert.InRange(Clock.GetUtcNow() - began, UploadCompletion.RefusedForGood, UploadCompletion.RefusedForGood * 4);
    }

    [Theory]
    [InlineData("""{"state":"failed","error":{"code":1,"name":"InvalidMedia","message":"Unsupported codec"}}""")]
    [InlineData("""{"state":"in_progress","error":{"name":"Unsupported codec"}}""")]
    public async Task A_failure_is_told_by_everything_that_X_says(string processing)
    {
        X.Faults.Add(
            new()
            {
                Endpoint = Status,
                Status = 200,
                Body = """{"data":{"processing_info":PROCESSING}}""".Replace("PROCESSING", processing, StringComparison.Ordinal),
            }
        );

        var ended = await Alice.Http.EndAsync(await SendAsync(), "failed", Clock);

        Assert.Equal("media_rejected", ended.GetProperty("error").GetProperty("reason").GetString());
        Assert.Contains("Unsupported codec", ended.GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "", "alternative text: X answered 404.")]
    [InlineData(400, "alt text too long", "alternative text: X answered 400: alt text too long.")]
    [InlineData(200, """{"errors":[{"detail":"not your media"}]}""", "alternative text: X answered 200: not your media.")]
    public async Task Alternative_text_that_X_refuses_does_not_end_the_media(int status, string body, string words)
    {
        X.Media.ProcessingDuration = TimeSpan.Zero;
        X.Faults.Add(
            new()
            {
                Endpoint = "POST /2/media/metadata",
                Status = status,
                Body = body,
            }
        );

        var ended = await Alice.Http.EndAsync(await SendAsync(("alt_text", "a cat")), clock: Clock);

        var error = ended.GetProperty("error");
        Assert.Equal("upstream_refused", error.GetProperty("reason").GetString());
        Assert.EndsWith(words, error.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finalize_whose_answer_could_not_be_saved_is_in_doubt()
    {
        var store = Proxy.Tapped<UploadRecord>();
        store.BeforeWrite = (_, record) =>
            record is { State: UploadState.Processing } ? throw new StoreUnavailableException("scripted") : Task.CompletedTask;
        var repeated = X.Faults.Add(
            new()
            {
                Endpoint = Finalize,
                Skip = 1,
                Variant = FaultVariant.InvalidRequest,
            }
        );
        var path = await SendAsync();

        await Alice.Http.UntilAsync(path, _ => repeated.Hits > 0, Clock);
        store.BeforeWrite = null;

        await Alice.Http.EndAsync(path, clock: Clock);
    }

    [Theory]
    [InlineData(Finalize)]
    [InlineData(Status)]
    public async Task What_is_refused_until_somebody_mends_it_is_asked_less_and_less(string endpoint)
    {
        var unpaid = X.Faults.Add(new() { Endpoint = endpoint, Variant = FaultVariant.Forbidden });
        var path = await SendAsync();
        List<DateTimeOffset> asked = [];
        while (asked.Count < 4)
        {
            await Alice.Http.UntilAsync(path, _ => unpaid.Hits > asked.Count, Clock);
            asked.Add(Clock.GetUtcNow());
        }

        X.Faults.Remove(unpaid);
        await Alice.Http.EndAsync(path, clock: Clock);

        var last = asked[3] - asked[2];
        Assert.True(last >= TimeSpan.FromSeconds(15), $"The third pause was {last}, and not 20 s."); // the first is 5 s
    }

    [Theory]
    [InlineData(Finalize)]
    [InlineData(Status)]
    public async Task Another_session_of_the_account_takes_over_from_one_that_has_ended(string endpoint)
    {
        var again = await Proxy.SignInAsync(Username);
        if (endpoint == Finalize)
            X.Media.ProcessingDuration = TimeSpan.Zero;
        var refused = X.Faults.Add(new() { Endpoint = endpoint, Variant = FaultVariant.Forbidden });
        var path = await SendAsync();
        await Alice.Http.UntilAsync(path, HasError, Clock);
        var before = (await Proxy.UploadAsync(path))!.SessionId;
        await Alice.Http.DeleteAsync("/v1/session");
        X.Faults.Remove(refused);
        Clock.Advance(X.Media.ProcessingDuration);

        await again.Http.EndAsync(path, clock: Clock);

        Assert.NotEqual(before, (await Proxy.UploadAsync(path))!.SessionId);
    }

    [Fact]
    public async Task A_session_that_a_new_sign_in_has_mended_goes_on_though_another_that_may_not_has_asked_since()
    {
        var signedOut = await Proxy.SignInAsync(Username);
        await signedOut.Http.DeleteAsync("/v1/session");
        var path = await SendAsync();
        X.Accounts.Revoke(Username);
        await Alice.Http.PostAsync("/v1/session/refresh", null); // the grant is found dead
        await Alice.Http.UntilAsync(path, progress => HasError(progress) && ReasonOf(progress) == "reconnect_needed", Clock);
        await Refusal.ExpectAsync(await signedOut.Http.GetAsync(path), 401, "session_ended");

        await Proxy.SignInAsync(Username); // which never asks for the upload

        await Alice.Http.EndAsync(path, clock: Clock);
    }

    private static bool HasError(JsonElement progress) => progress.GetProperty("error").ValueKind is JsonValueKind.Object;

    private static string ReasonOf(JsonElement progress) => progress.GetProperty("error").GetProperty("reason").GetString()!;

    private async Task<string> SendAsync(params (string Key, string Value)[] more)
    {
        var path = await Alice.Http.BeginAsync(Video.Length, more: more);
        await Alice.Http.SendAsync(path, 0, Video);
        return path;
    }

    public sealed class OneProxy : SharedClockedProxy
    {
        private protected override ProxySetup Setup => new() { Customize = builder => builder.TapStore<UploadRecord>() };
    }
}
