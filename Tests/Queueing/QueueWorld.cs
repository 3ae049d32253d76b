using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>What can happen to a queue; which call it happens to is picked among those there are.</summary>
internal enum Happening
{
    Arrive,
    GoAhead,
    Leave,
    Answer,
    AnswerWithHeaders,
    NeverSeen,
    Pass,
}

/// <summary>One thing that happens, with the numbers that say to whom and how much.</summary>
internal sealed record QueueStep(Happening Happening, int Account, int Client, int Urgency, int Number);

/// <summary>
/// Two accounts of three clients on one endpoint with a window each and one of the app's, and what must hold of their lines whatever
/// happens: the order, the turns, and that nothing is lost. Everything is seen in the moment it happens.
/// </summary>
internal sealed class QueueWorld
{
    private static readonly DateTimeOffset Never = DateTimeOffset.MaxValue.AddYears(-1);

    private readonly ManualClock _clock = new();
    private readonly Endpoint _endpoint;
    private readonly CallQueue _queue;
    private readonly LimitTable _app = LimitTable.ForApp();
    private readonly Places _places;
    private readonly List<(AccountQueue Queue, CallWindows Windows)> _accounts = [];
    private readonly List<Standing> _standing = [];
    private readonly List<(int Account, CallPermits Permits)> _away = [];

    // How often one client went since another's turn.
    private readonly Dictionary<(int Account, int Urgency, int Waiting, int Served), int> _served = [];
    private readonly HashSet<(int Account, int Client)> _passed = [];

    public QueueWorld(int limit, int appLimit, int burst)
    {
        _endpoint = new("GET /2/x", "x", [], [new(WindowKind.FifteenMinutes, limit), new(WindowKind.AppDay, appLimit)]);
        var options = new QueueOptions { Burst = burst, MaxPerNode = 100_000 };
        (_queue, _places) = (new(Options.Create(options), _clock), new(100_000, long.MaxValue, options));
        for (var i = 0; i < 2; i++)
            _accounts.Add((_queue.ForAccount(), new(LimitTable.ForAccount().For(_endpoint), _app.For(_endpoint))));
    }

    public int Went { get; private set; }

    public void Do(QueueStep step)
    {
        switch (step.Happening)
        {
            case Happening.Arrive:
                Arrive(step);
                break;
            case Happening.GoAhead:
                GoAhead(step);
                break;
            case Happening.Leave:
                Leave(step.Number);
                break;
            case Happening.Pass:
                _clock.Advance(TimeSpan.FromSeconds(step.Number % 200));
                break;
            default:
                Return(step);
                break;
        }

        Look();
    }

    /// <summary>
    /// All who are away come back, and time passes: everybody who stands in line goes, and what was taken is there again.
    /// </summary>
    public void ComeToRest()
    {
        for (var round = 0; _standing.Count > 0; round++)
        {
            Assert.True(round < 20_000, $"{_standing.Count} stand in line for ever.");
            while (_away.Count > 0)
                Return(new(Happening.Answer, 0, 0, 0, 0));
            _clock.Advance(TimeSpan.FromMinutes(2));
            Look();
        }

        Empty();
    }

    /// <summary>The proxy stops: everybody who stands in line is told, and what was taken is there again.</summary>
    public void Close()
    {
        _queue.Close();
        Assert.All(_standing, standing => Assert.NotNull(standing.Waiter.Turn?.Rejection));
        _standing.ForEach(standing => _queue.GiveBackPlace(_places, standing.Call));
        _standing.Clear();
        Empty();
    }

    private void Empty()
    {
        while (_away.Count > 0)
            Return(new(Happening.NeverSeen, 0, 0, 0, 0));
        _clock.Advance(TimeSpan.FromHours(25)); // past every reset
        foreach (var (_, windows) in _accounts)
        {
            foreach (var outlook in (WindowOutlook[])[windows.Account.Outlook(_clock.GetUtcNow()), windows.App.Outlook(_clock.GetUtcNow())])
                Assert.Equal(outlook.PerWindow, outlook.Left);
        }

        Assert.Empty(_queue.Endpoints);
        Assert.Equal(0, _queue.Waiting);
        Assert.Equal(0, _clock.PendingTimers);
    }

    private void Arrive(QueueStep step)
    {
        var call = CallOf(step);
        var waiter = new Waiter(call, _queue.NextTicket(), Never);
        var (account, windows) = _accounts[step.Account];
        Assert.Null(_queue.TryTakePlace(_places, call));
        while (!_queue.FindOrAdd(_endpoint.Key).TryEnter(account, windows, waiter, out var tooLate))
            Assert.Null(tooLate);
        _standing.Add(new(step.Account, step.Client, step.Urgency, call, waiter));
    }

    private void GoAhead(QueueStep step)
    {
        var (account, windows) = _accounts[step.Account];
        if (!account.TryGo(CallOf(step), windows, out var permits, out _))
            return;
        _away.Add((step.Account, permits));
        Went++;
        var line = _standing.Where(standing => standing.Account == step.Account).ToList();
        Assert.DoesNotContain(line, standing => standing.Urgency < step.Urgency);
        Assert.DoesNotContain(line, standing => standing.Urgency == step.Urgency && standing.Client == step.Client);
        if (line.Exists(standing => standing.Urgency == step.Urgency))
            Assert.True(_passed.Add((step.Account, step.Client)), "It went ahead of the line twice while nobody in it went.");
    }

    private void Leave(int number)
    {
        if (_standing.Count == 0)
            return;
        var leaving = _standing[number % _standing.Count];
        _standing.Remove(leaving);
        _queue.GiveBackPlace(_places, leaving.Call);
        var place = _queue.Find(_endpoint.Key)!.TryLeave(_accounts[leaving.Account].Queue, leaving.Waiter);
        var ahead = _standing.Count(other => other.Account == leaving.Account && other.Urgency < leaving.Urgency);
        var line = _standing.Count(other => other.Account == leaving.Account) + 1;
        Assert.InRange(place!.Value.Place, ahead + 1, line);
        Forget(leaving);
    }

    private void Return(QueueStep step)
    {
        if (_away.Count == 0)
            return;
        var (account, permits) = _away[step.Number % _away.Count];
        _away.RemoveAt(step.Number % _away.Count);
        var now = _clock.GetUtcNow();
        if (step.Happening is Happening.NeverSeen)
            permits.Release();
        else if (step.Happening is Happening.Answer)
            permits.Settle(default, now);
        else
            permits.Settle(new(new(2 + (step.Number % 30), step.Number % 7, now.AddSeconds(step.Number % 1000)), null, null), now);
        _accounts[account].Queue.Returned(_endpoint.Key);
    }

    private QueuedCall CallOf(QueueStep step) => new(_endpoint.Key, $"client{step.Client}", "session", step.Urgency, null, 0);

    // Who has been let go just now, and whether others had a better claim.
    private void Look()
    {
        var gone = _standing.Where(standing => standing.Waiter.Turn is not null).ToList();
        _standing.RemoveAll(gone.Contains);
        foreach (var went in gone)
        {
            _queue.GiveBackPlace(_places, went.Call);
            Assert.Null(went.Waiter.Turn!.Value.Rejection);
            _away.Add((went.Account, went.Waiter.Turn.Value.Permits));
            Went++;
            _passed.RemoveWhere(passed => passed.Account == went.Account);
            Assert.DoesNotContain(_standing, left => left.Account == went.Account && left.Urgency < went.Urgency);
            Assert.DoesNotContain(_standing, left =>
                left.IsBeside(went) && left.Client == went.Client && left.Waiter.Ticket < went.Waiter.Ticket
            );
        }

        TakeTurns(gone);
    }

    // While one of a client stands in line, each other client goes once before it does.
    private void TakeTurns(List<Standing> gone)
    {
        foreach (var went in gone)
        {
            Forget(went);
            foreach (
                var client in _standing
                    .Where(left => left.IsBeside(went) && left.Client != went.Client)
                    .Select(left => left.Client)
                    .Distinct()
            )
            {
                if (gone.Exists(other => other.IsBeside(went) && other.Client == client))
                    continue; // it had its turn in the same moment
                var key = (went.Account, went.Urgency, client, went.Client);
                _served[key] = _served.GetValueOrDefault(key) + 1;
                Assert.True(_served[key] <= 1, $"Client {went.Client} went twice while client {client} stood in line.");
            }
        }
    }

    // It has had its turn, or nobody of it is left to have one.
    private void Forget(Standing standing)
    {
        var leftTheRing = !_standing.Exists(other => other.IsBeside(standing) && other.Client == standing.Client);
        if (!leftTheRing && standing.Waiter.Turn is null)
            return;
        foreach (
            var key in _served
                .Keys.Where(key => key.Account == standing.Account && key.Urgency == standing.Urgency && key.Waiting == standing.Client)
                .ToList()
        )
            _served.Remove(key);
    }

    private sealed record Standing(int Account, int Client, int Urgency, QueuedCall Call, Waiter Waiter)
    {
        public bool IsBeside(Standing other) => Account == other.Account && Urgency == other.Urgency;
    }
}
