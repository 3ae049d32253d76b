using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>The queue of a process, accounts with their windows, and a clock that stands still.</summary>
internal sealed class QueueBench
{
    private readonly LimitTable _app = LimitTable.ForApp();
    private readonly Dictionary<string, (AccountQueue Queue, LimitTable Limits)> _accounts = [];

    public QueueBench(int limit = 100, int? appLimit = null, int? perSecond = null, QueueOptions? options = null)
    {
        PublishedWindow[] windows =
        [
            new(WindowKind.FifteenMinutes, limit),
            .. appLimit is { } app ? [new PublishedWindow(WindowKind.AppDay, app)] : Array.Empty<PublishedWindow>(),
            .. perSecond is { } second ? [new PublishedWindow(WindowKind.OneSecond, second)] : Array.Empty<PublishedWindow>(),
        ];
        Endpoint = new("GET /2/x", "x", [], windows);
        Queue = new(Options.Create(options ?? new()), Clock);
    }

    public ManualClock Clock { get; } = new();

    public Endpoint Endpoint { get; }

    public CallQueue Queue { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public AccountQueue Account(string account = "alice") => Of(account).Queue;

    public CallWindows Windows(string account = "alice") => new(Of(account).Limits.For(Endpoint), _app.For(Endpoint));

    /// <summary>Takes permits and keeps them as if X were at work: settle or release them.</summary>
    public List<CallPermits> Go(int calls, string account = "alice", string client = "app")
    {
        List<CallPermits> taken = [];
        for (var i = 0; i < calls; i++)
        {
            Assert.True(TryGo(out var permits, account, client));
            taken.Add(permits);
        }

        return taken;
    }

    /// <summary>Uses the account's window up, and has X answer every call without a header.</summary>
    public void UseUp(string account = "alice")
    {
        while (TryGo(out var permits, account))
            permits.Settle(default, Now);
    }

    public bool TryGo(out CallPermits permits, string account = "alice", string client = "app", int urgency = 3, bool shared = false) =>
        Account(account).TryGo(Call("", client, urgency, shared: shared), Windows(account), out permits, out _);

    /// <summary>Stands in line. The task ends some time after the clock has let it; <see cref="InLine"/> knows at once.</summary>
    public Task<Turn> Wait(
        string name,
        string account = "alice",
        string client = "app",
        int urgency = 3,
        int seconds = 300,
        bool shared = false,
        CancellationToken cancellationToken = default
    )
    {
        var block = Windows(account).BlockedAt(Now, urgency > 3 ? 0.1 : 0).GetValueOrDefault();
        return Account(account)
            .WaitAsync(
                Call(name, client, urgency, shared: shared),
                Windows(account),
                new(block.Until, block.ByApp, BehindOthers: false),
                TimeSpan.FromSeconds(seconds),
                Queue.NextTicket(),
                cancellationToken
            );
    }

    /// <summary>The names of those who wait, by their places.</summary>
    public string[] InLine(string account = "alice") =>
        [.. Account(account).Snapshot("session").SelectMany(line => line.Own).Select(waiter => waiter.RequestId!)];

    /// <summary>Who has left the line when time moves on, second by second, and when.</summary>
    public List<(int Second, string Name)> Pass(int seconds, string account = "alice")
    {
        List<(int, string)> gone = [];
        for (var second = 1; second <= seconds; second++)
        {
            var before = InLine(account);
            Clock.Advance(TimeSpan.FromSeconds(1));
            gone.AddRange(before.Except(InLine(account)).Select(name => (second, name)));
        }

        return gone;
    }

    public QueuedCall Call(string name, string client = "app", int urgency = 3, long bytes = 0, bool shared = false) =>
        new(Endpoint.Key, client, "session", urgency, name, bytes, shared);

    private (AccountQueue Queue, LimitTable Limits) Of(string account)
    {
        if (!_accounts.TryGetValue(account, out var found))
            _accounts.Add(account, found = (Queue.ForAccount(), LimitTable.ForAccount()));
        return found;
    }
}
