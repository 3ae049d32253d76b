using System.Text;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Tests.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Idempotency;

/// <summary>Two activations of one account, as a cluster may have for a moment, and what an earlier process left.</summary>
public sealed class TwoActivationsTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(35);

    private static readonly string Row = IdempotencyKey.RowOf(AccountBench.AccountId, "app", "key");

    private readonly List<AccountBench> _benches = [];
    private Func<Task>? _atX;

    public void Dispose() => _benches.ForEach(bench => bench.Dispose());

    [Fact]
    public async Task A_write_that_another_activation_has_under_way_is_not_sent_until_its_lease_has_ended()
    {
        var bench = Bench(Posted, EmptyTimeline);
        bench.KeyOptions.InterruptedCallLease = Lease;
        var (reached, release) = HoldAtX();
        using var one = bench.Activate();
        using var other = bench.Activate();
        var first = one.SendAsync(Request(), CancellationToken.None);
        await reached;

        var second = await other.SendAsync(Request(), CancellationToken.None);
        Assert.Equal((RejectionReason.IdempotencyInProgress, Lease), (second.Rejection?.Reason, second.Rejection?.RetryAfter));
        release.SetResult();
        Assert.Equal(201, (await first).Status);
        var replayed = await other.SendAsync(Request(), CancellationToken.None);

        Assert.Equal(201, replayed.Status);
        Assert.Contains(replayed.Headers, header => header.Name == IdempotencyKey.ReplayedHeader);
        Assert.Equal(1, Posts(bench));
    }

    [Fact]
    public async Task When_the_lease_has_ended_another_activation_sends_what_X_would_show_by_now()
    {
        var bench = Bench(Posted, EmptyTimeline);
        bench.KeyOptions.InterruptedCallLease = Lease;
        LeaveIntent(bench);
        using var activation = bench.Activate();
        bench.Clock.Advance(Lease - TimeSpan.FromTicks(1));
        Assert.Equal(
            RejectionReason.IdempotencyInProgress,
            (await activation.SendAsync(Request(), CancellationToken.None)).Rejection?.Reason
        );
        Assert.Equal(0, Posts(bench));
        bench.Clock.Advance(TimeSpan.FromTicks(1));
        var doubt = (await activation.SendAsync(Request(), CancellationToken.None)).Rejection;
        // X may take 30 s to act, and 10 to show it.
        Assert.Equal((RejectionReason.OutcomeInDoubt, TimeSpan.FromSeconds(5)), (doubt?.Reason, doubt?.RetryAfter));
        bench.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(201, (await activation.SendAsync(Request(), CancellationToken.None)).Status);
        Assert.Equal(1, Posts(bench));
    }

    [Fact]
    public async Task An_activation_that_was_overtaken_between_reading_and_sending_does_not_send()
    {
        var bench = Bench(Posted, EmptyTimeline);
        LeaveIntent(bench);
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        using var activation = bench.Activate();
        bench.KeyStore.BeforeSave = () =>
        {
            bench.KeyStore.BeforeSave = null;
            bench.KeyStore.Put(Row, bench.KeyStore[Row]! with { Owner = "a third" });
        };

        var overtaken = await activation.SendAsync(Request(), CancellationToken.None);

        Assert.Equal(RejectionReason.IdempotencyInProgress, overtaken.Rejection?.Reason);
        Assert.Equal(0, Posts(bench));
    }

    [Fact]
    public async Task A_write_that_X_has_refused_is_not_in_doubt_while_it_waits_for_its_window()
    {
        var refusals = new Queue<HttpResponseMessage>();
        var bench = Bench(() => refusals.TryDequeue(out var refusal) ? refusal : Posted(), EmptyTimeline);
        var refused = ScriptedX.Json(429, "{}");
        refused.Headers.Add("x-rate-limit-limit", "100");
        refused.Headers.Add("x-rate-limit-remaining", "0");
        refused.Headers.Add("x-rate-limit-reset", $"{bench.Clock.GetUtcNow().AddSeconds(30).ToUnixTimeSeconds()}");
        refusals.Enqueue(refused);
        using var one = bench.Activate();
        var waits = one.SendAsync(Request() with { Wait = TimeSpan.FromMinutes(1) }, CancellationToken.None);
        await Eventually.TrueAsync("it waits", TimeSpan.FromSeconds(10), () => Task.FromResult(bench.Queue.Waiting == 1));

        Assert.Null(bench.KeyStore[Row]); // should the process be killed now, X has not acted
        using var other = bench.Activate();
        Assert.Equal(201, (await other.SendAsync(Request(), CancellationToken.None)).Status);
        bench.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(RejectionReason.IdempotencyInProgress, (await waits).Rejection?.Reason);
        Assert.Equal(2, Posts(bench));
    }

    [Fact]
    public async Task A_post_that_a_killed_process_had_sent_is_found_at_once()
    {
        var bench = Bench(Posted, () =>
            ScriptedX.Json(200, """{"data":[{"id":"2","text":"other"},{"id":"1","text":"hello"}],"meta":{"result_count":2}}""")
        );
        LeaveIntent(bench);
        using var activation = bench.Activate();

        var answer = await activation.SendAsync(Request(), CancellationToken.None);

        Assert.Equal((201, """{"data":{"id":"1","text":"hello"}}"""), (answer.Status, Encoding.UTF8.GetString(answer.Body.Span)));
        Assert.Equal(0, Posts(bench));
        Assert.NotNull(bench.KeyStore[Row]!.Answer);
        var asked = bench.X.Requests.Single(request => request.Method == "GET").Uri.Query;
        Assert.Contains(
            $"start_time={bench.Clock.GetUtcNow() - TimeSpan.FromSeconds(30):yyyy-MM-ddTHH:mm:ssZ}",
            asked,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("end_time", asked, StringComparison.Ordinal); // it would not be past
    }

    [Fact]
    public async Task A_timeline_that_does_not_end_proves_nothing()
    {
        var bench = Bench(Posted, () =>
            ScriptedX.Json(200, """{"data":[{"id":"2","text":"other"}],"meta":{"result_count":1,"next_token":"more"}}""")
        );
        LeaveIntent(bench);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        using var activation = bench.Activate();

        Assert.Equal(RejectionReason.OutcomeInDoubt, (await activation.SendAsync(Request(), CancellationToken.None)).Rejection?.Reason);
        Assert.Equal((0, 10), (Posts(bench), bench.X.Requests.Count(request => request.Method == "GET")));
    }

    [Fact]
    public async Task An_answer_too_large_to_keep_is_given_again_without_its_body_and_says_so()
    {
        var bench = Bench(() => ScriptedX.Json(201, $"\"{new string('x', StoredResponse.MaxBodyBytes)}\""), EmptyTimeline);
        using var activation = bench.Activate();
        Assert.NotEqual(0, (await activation.SendAsync(Request(), CancellationToken.None)).Body.Length);

        var replayed = await activation.SendAsync(Request(), CancellationToken.None);

        Assert.Equal((201, 0), (replayed.Status, replayed.Body.Length));
        Assert.Contains(replayed.Headers, header => header is { Name: IdempotencyKey.ReplayedHeader, Value: "without-body" });
    }

    [Fact]
    public void A_row_of_the_first_version_is_still_read()
    {
        const string Written = """
            {"schema":1,"fingerprint":"f","createdAt":"2026-03-01T12:00:00+00:00","sentAt":"2026-03-01T12:00:01+00:00","owner":"o",
             "answer":{"status":201,"headers":[{"name":"Content-Type","value":"application/json"}],"body":"e30=","bodyLeftOut":false}}
            """;
        var read = RecordJson.Read<IdempotencyRecord>(Written, "42/key");

        Assert.Equal(
            (1, "f", "o", 201, "{}"),
            (read.Schema, read.Fingerprint, read.Owner, read.Answer!.Status, Encoding.UTF8.GetString(read.Answer.Body.Span))
        );
        Assert.Equal([new("Content-Type", "application/json")], read.Answer.Headers);
        Assert.Equal(read.SentAt, read.CreatedAt.AddSeconds(1));
    }

    private static HttpResponseMessage Posted() => ScriptedX.Json(201, """{"data":{"id":"1","text":"hello"}}""");

    private static HttpResponseMessage EmptyTimeline() => ScriptedX.Json(200, """{"meta":{"result_count":0}}""");

    private static ForwardRequest Request() =>
        new()
        {
            SessionId = "session-1",
            EndpointKey = "POST /2/tweets",
            Method = "POST",
            Target = "/2/tweets",
            Headers = [new("Content-Type", "application/json")],
            Body = Encoding.UTF8.GetBytes("""{"text":"hello"}"""),
            IdempotencyKey = "key",
        };

    private static int Posts(AccountBench bench) => bench.X.Requests.Count(request => request.Method == "POST");

    private (Task Reached, TaskCompletionSource Release) HoldAtX()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _atX = () =>
        {
            reached.TrySetResult();
            return release.Task;
        };
        return (reached.Task, release);
    }

    private AccountBench Bench(Func<HttpResponseMessage> post, Func<HttpResponseMessage> timeline)
    {
        var bench = new AccountBench(
            new ScriptedX(
                async (request, _) =>
                {
                    if (request.Method == "POST" && _atX is not null)
                        await _atX();
                    return request.Method == "POST" ? post() : timeline();
                }
            )
        );
        _benches.Add(bench);
        string[] scopes = ["tweet.read", "tweet.write", "users.read", "offline.access"];
        var record = bench.SignedIn();
        bench.Store.Put(
            AccountBench.AccountId,
            record with
            {
                Grant = record.Grant! with { Scopes = scopes },
                Sessions = [record.Sessions[0] with { Scopes = scopes }],
            }
        );
        return bench;
    }

    // What a process leaves that is killed between the intent and the answer.
    private static void LeaveIntent(AccountBench bench) =>
        bench.KeyStore.Put(
            Row,
            new()
            {
                Fingerprint = RequestFingerprint.Of(Request()),
                CreatedAt = bench.Clock.GetUtcNow(),
                SentAt = bench.Clock.GetUtcNow(),
                Owner = "a killed process",
            }
        );
}
