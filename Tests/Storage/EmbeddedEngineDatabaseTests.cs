using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>
/// The data folder of the version before, whose engine was no silo: kept as that version (commit 252639e) wrote it on 2026-11-27, with
/// alice signed in, a keyed post answered, an upload broken off in its second segment, and bob signed out while X could not be told.
/// </summary>
public sealed class EmbeddedEngineDatabaseTests : IAsyncLifetime
{
    private static readonly JsonElement Facts = JsonElement.Parse(CheckedIn.Text("Storage/embedded-engine/facts.json"));

    private readonly ManualClock _clock = new(Facts.GetProperty("written_at").GetDateTimeOffset().AddMinutes(1));
    private DurableWorld _world = null!;
    private RecordingX _x = null!;
    private ProxyHost _proxy = null!;
    private HttpClient _alice = null!;

    public async Task InitializeAsync()
    {
        _world = await DurableWorld.StartAsync(_clock);
        _x = await RecordingX.StartAsync(_world.Sandbox);
        Copy("proxy.db");
        foreach (var key in Directory.EnumerateFiles(Kept("keys")))
            Copy(Path.Combine("keys", Path.GetFileName(key)));
        _proxy = await _world.StartProxyAsync(new Dictionary<string, string> { ["Twitter:ApiBaseUrl"] = _x.Url });
        _alice = _proxy.NewClient();
        _alice.DefaultRequestHeaders.Authorization = new("Bearer", Fact("session_token"));
    }

    public async Task DisposeAsync()
    {
        _alice.Dispose();
        await _proxy.DisposeAsync();
        await _x.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Its_sessions_live()
    {
        var session = await ProxyHost.ReadAsync(await _alice.GetAsync("/v1/session"));

        Assert.Equal(
            (Fact("account_id"), "active"),
            (session.GetProperty("account").GetProperty("id").GetString(), session.GetProperty("grant_state").GetString())
        );
    }

    [Fact]
    public async Task Its_keyed_answers_are_given_again_and_X_is_not_asked()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets")
        {
            Content = new StringContent($$"""{"text":"{{Fact("keyed_text")}}"}""", null, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", Fact("idempotency_key"));

        var response = await _alice.SendAsync(request);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(["true"], response.Headers.GetValues("Idempotency-Replayed"));
        Assert.Equal(Fact("keyed_tweet_id"), (await ProxyHost.ReadAsync(response)).GetProperty("data").GetProperty("id").GetString());
        Assert.DoesNotContain(_x.Calls, call => call.Target == "/2/tweets");
    }

    [Fact]
    public async Task Its_unfinished_uploads_are_resumed_and_finished()
    {
        // The sandbox of today has not seen the first segment: X is played here.
        var mediaId = Fact("media_id");
        var appended = 0L;
        _x.Answer = async context =>
        {
            if (context.Request.Path.Value!.EndsWith("/append", StringComparison.Ordinal))
                appended += context.Request.ContentLength ?? 0;
            await context.Response.WriteAsync($$$"""{"data":{"id":"{{{mediaId}}}","expires_after_secs":86400}}""");
        };
        var (path, offset, length) = (
            Fact("upload"),
            Facts.GetProperty("upload_offset").GetInt64(),
            Facts.GetProperty("upload_length").GetInt64()
        );
        Assert.Equal(offset, await _alice.OffsetAsync(path));

        await _alice.SendAsync(path, offset, new byte[length - offset]);
        var ended = await _alice.EndAsync(path);

        Assert.Equal(("succeeded", mediaId), (ended.GetProperty("state").GetString(), ended.GetProperty("media_id").GetString()));
        // The second segment: what was kept of it, and what has come.
        Assert.InRange(appended, length - (1024 * 1024), length - (1024 * 1024) + 1024);
    }

    [Fact]
    public async Task Revocations_that_X_has_not_confirmed_are_told_to_X() =>
        await Eventually.TrueAsync("X is told of both of bob's tokens, and his account is forgotten", TimeSpan.FromSeconds(20), async () =>
            _x.Calls.Count(call => call.Target.EndsWith("/revoke", StringComparison.Ordinal)) == 2
            && await SiloUnderTest.Store<SessionRecord>(_proxy.Services).LoadAsync(Fact("signed_out_account_id"), CancellationToken.None)
                is null
        );

    private static string Fact(string name) => Facts.GetProperty(name).GetString()!;

    private static string Kept(string file) => Path.Combine(CheckedIn.Root, "Tests", "Storage", "embedded-engine", file);

    private void Copy(string file)
    {
        var to = Path.Combine(_world.DataPath, file);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(Kept(file), to);
    }
}
