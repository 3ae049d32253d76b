using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

/// <summary>A node's copy of the circuit, against a singleton that answers what the test says.</summary>
public sealed class NodeCircuitTests
{
    private readonly ManualClock _clock = new();
    private readonly ScriptedCoordinator _coordinator = new();
    private readonly LimitTable _limits = LimitTable.ForApp();
    private readonly NodeCircuit _node;
    private long _sequence;

    public NodeCircuitTests() => _node = new(_coordinator, _limits, new EndpointCatalogue(), Options.Create(new CircuitOptions()), _clock);

    [Fact]
    public async Task Before_anything_is_heard_calls_go_and_the_singleton_is_not_asked()
    {
        Assert.True((await EnterAsync()).Allowed);
        Assert.Equal(0, _coordinator.Messages);
    }

    [Fact]
    public async Task While_the_copy_says_open_calls_are_refused_with_the_time_left_and_nobody_is_asked()
    {
        Absorb(CircuitState.Open, TimeSpan.FromSeconds(4));

        Assert.Equal(new("media", Allowed: false, TimeSpan.FromSeconds(4)), await EnterAsync());
        Assert.True((await _node.EnterAsync("tweets", isSafe: true, CancellationToken.None)).Allowed);
        Assert.Equal(0, _coordinator.Messages);
    }

    [Fact]
    public async Task Isolated_means_refused_without_a_time()
    {
        Absorb(CircuitState.Isolated, TimeSpan.Zero);

        Assert.Equal(new("media", Allowed: false), await EnterAsync());
    }

    [Fact]
    public async Task The_overall_circuit_closes_every_family_off()
    {
        _node.Absorb(new(1, 1, [new(CircuitOptions.Overall, CircuitState.Open, _clock.GetUtcNow().AddSeconds(4))], []));

        Assert.Equal(new(CircuitOptions.Overall, Allowed: false, TimeSpan.FromSeconds(4)), await EnterAsync());
        Assert.Equal(0, _coordinator.Messages);
    }

    [Fact]
    public async Task A_write_asks_to_probe_only_when_no_read_has_for_another_break()
    {
        Absorb(CircuitState.Open, TimeSpan.Zero);
        _coordinator.Probe = "probe";

        Assert.Equal(
            new("media", Allowed: false, TimeSpan.FromSeconds(5)),
            await _node.EnterAsync("media", isSafe: false, CancellationToken.None)
        );
        Assert.Equal(0, _coordinator.Messages);
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.True((await _node.EnterAsync("media", isSafe: false, CancellationToken.None)).Allowed);
    }

    [Fact]
    public async Task After_the_break_the_node_asks_once_a_second_however_many_call()
    {
        Absorb(CircuitState.Open, TimeSpan.Zero);
        for (var i = 0; i < 50; i++)
            Assert.False((await EnterAsync()).Allowed);
        Assert.Equal(1, _coordinator.Messages);

        _clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 50; i++)
            await EnterAsync();

        Assert.Equal(2, _coordinator.Messages);
    }

    [Fact]
    public async Task The_one_that_may_probe_hands_the_outcome_back_at_once()
    {
        Absorb(CircuitState.Open, TimeSpan.Zero);
        _coordinator.Probe = "probe-1";

        var permit = await EnterAsync();
        _node.Report(permit, CallOutcome.Healthy);

        Assert.True(permit.Allowed);
        Assert.Equal([("probe-1", CallOutcome.Healthy)], _coordinator.Probed);
        Assert.Null(_node.TakeReport()); // not counted as well
    }

    [Fact]
    public async Task Who_asks_to_probe_and_hears_that_it_has_closed_may_call()
    {
        Absorb(CircuitState.Open, TimeSpan.Zero);
        _coordinator.Snapshot = new(1, ++_sequence, [], []);

        Assert.Equal(new("media", Allowed: true), await EnterAsync());
    }

    [Fact]
    public void Outcomes_are_told_once_and_what_says_nothing_is_not_told()
    {
        for (var i = 0; i < 3; i++)
            _node.Report(new("media", Allowed: true), CallOutcome.Healthy);
        _node.Report(new("media", Allowed: true), CallOutcome.Faulted);
        _node.Report(new("tweets", Allowed: true), CallOutcome.Unknown);

        Assert.Equal([new("media", 3, 1)], _node.TakeReport()!.Tallies);
        Assert.Null(_node.TakeReport());
    }

    [Fact]
    public void Ten_faults_make_a_report_urgent_once()
    {
        for (var i = 0; i < 9; i++)
            _node.Report(new("media", Allowed: true), CallOutcome.Faulted);
        Assert.Equal(0, _node.Urgent.CurrentCount);

        for (var i = 0; i < 30; i++)
            _node.Report(new("media", Allowed: true), CallOutcome.Faulted);

        Assert.Equal(1, _node.Urgent.CurrentCount);
    }

    [Fact]
    public void A_board_that_comes_late_does_not_undo_a_newer_one()
    {
        var late = new CircuitSnapshot(1, 1, [new("media", CircuitState.Open, _clock.GetUtcNow())], []);
        _node.Absorb(new(1, 2, [], []));
        _node.Absorb(late);
        Assert.Empty(_node.Snapshot.Families);

        _node.Absorb(late with { Epoch = 2 }); // of a later activation of the singleton

        Assert.Single(_node.Snapshot.Families);
    }

    [Fact]
    public void A_boards_windows_bind_this_node()
    {
        var window = Window(remaining: 0);
        _node.Absorb(new(1, 1, [], [window]));

        var windows = _limits.For(new EndpointCatalogue().ByKey("GET /2/users/me"));

        Assert.False(windows.TryReserve(_clock.GetUtcNow(), out _, out var until));
        Assert.Equal(window.ResetAt, until);
    }

    [Fact]
    public void Calls_in_flight_are_not_reported_as_spent_and_so_never_counted_twice()
    {
        var windows = _limits.For(new EndpointCatalogue().ByKey("GET /2/users/me"));
        _node.Absorb(new(1, 1, [], [Window(remaining: 10)]));
        Assert.True(windows.TryReserve(_clock.GetUtcNow(), out var away, out _));

        for (var i = 0; i < 20; i++)
        {
            _node.Report(new("media", Allowed: true), CallOutcome.Healthy);
            _node.Absorb(new(1, 2 + i, [], _node.TakeReport()!.AppWindows)); // the singleton has heard of this node alone
        }

        away.Release(); // X never saw it
        Assert.Equal(10, Assert.Single(_limits.Snapshot(_clock.GetUtcNow())).Remaining);
    }

    [Fact]
    public async Task A_singleton_that_cannot_be_reached_with_an_outcome_troubles_no_caller()
    {
        Absorb(CircuitState.Open, TimeSpan.Zero);
        _coordinator.Probe = "probe-1";
        var permit = await EnterAsync();
        _coordinator.IsAway = true;

        _node.Report(permit, CallOutcome.Healthy);

        Assert.Single(_node.Snapshot.Families);
    }

    [Fact]
    public async Task A_singleton_that_cannot_be_asked_refuses_the_call_as_open()
    {
        Absorb(CircuitState.Open, TimeSpan.Zero);
        _coordinator.IsAway = true;

        Assert.Equal(new("media", Allowed: false, TimeSpan.FromSeconds(1)), await EnterAsync());
    }

    private WindowSnapshot Window(long remaining) =>
        new("GET /2/users/me", WindowKind.AppDay, 10, remaining, _clock.GetUtcNow().AddHours(1), Stated: true);

    private ValueTask<CircuitPermit> EnterAsync() => _node.EnterAsync("media", isSafe: true, CancellationToken.None);

    private void Absorb(CircuitState state, TimeSpan left)
    {
        _coordinator.Snapshot = new(1, ++_sequence, [new("media", state, _clock.GetUtcNow() + left)], []);
        _node.Absorb(_coordinator.Snapshot);
    }

    private sealed class ScriptedCoordinator : ICircuitCoordinator
    {
        public CircuitSnapshot Snapshot { get; set; } = CircuitSnapshot.Empty;

        public string? Probe { get; set; }

        public bool IsAway { get; set; }

        public int Messages { get; private set; }

        public List<(string Id, CallOutcome Outcome)> Probed { get; } = [];

        public Task<CircuitSnapshot> ReportAsync(NodeReport report) => AnswerAsync(Snapshot);

        public Task<ProbeResult> TryProbeAsync(string family) =>
            AnswerAsync(new ProbeResult(Probe, Probe is null ? TimeSpan.FromSeconds(1) : null, Snapshot));

        public Task<CircuitSnapshot> ReportProbeAsync(string probeId, CallOutcome outcome)
        {
            Probed.Add((probeId, outcome));
            return AnswerAsync(Snapshot);
        }

        private Task<T> AnswerAsync<T>(T answer)
        {
            Messages++;
            return IsAway ? Task.FromException<T>(new TimeoutException("scripted: the singleton is moving")) : Task.FromResult(answer);
        }
    }
}
