using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

/// <summary>What the cluster's singleton decides, without a cluster.</summary>
public sealed class CircuitCoordinatorTests
{
    private const string Me = "GET /2/users/me";

    private static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly ManualClock _clock = new();
    private readonly List<(string Family, CircuitState State)> _changes = [];
    private readonly CircuitCoordinator _coordinator;

    public CircuitCoordinatorTests() => _coordinator = Create();

    [Fact]
    public void Reports_of_many_nodes_open_the_circuit_together()
    {
        _coordinator.Apply(Report(faulted: 2));
        Assert.Empty(_coordinator.Snapshot.Families);

        _coordinator.Apply(Report(faulted: 2));

        Assert.Equal(
            new FamilyState("media", CircuitState.Open, _clock.GetUtcNow() + Break),
            Assert.Single(_coordinator.Snapshot.Families)
        );
        Assert.Equal([("media", CircuitState.Open)], _changes);
    }

    [Fact]
    public void Healthy_calls_count_against_the_faults()
    {
        _coordinator.Apply(Report(healthy: 10, faulted: 4));

        Assert.Empty(_coordinator.Snapshot.Families);
    }

    [Fact]
    public void A_change_makes_the_board_newer_than_the_one_before()
    {
        var before = _coordinator.Snapshot;
        _coordinator.Apply(Report(faulted: 4));

        Assert.True(_coordinator.Snapshot.IsNewerThan(before));
        Assert.False(before.IsNewerThan(_coordinator.Snapshot));
        Assert.False(_coordinator.Snapshot.IsNewerThan(_coordinator.Snapshot));
    }

    [Fact]
    public void A_later_activation_outranks_whatever_an_earlier_one_said()
    {
        for (var i = 0; i < 3; i++)
            _coordinator.Apply(new([], [Stated(remaining: 10 - i)]));
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(Create().Snapshot.IsNewerThan(_coordinator.Snapshot));
    }

    [Fact]
    public void So_does_one_whose_clock_is_behind_once_it_has_read_what_was_saved()
    {
        var saved = new CircuitSnapshot(_clock.GetUtcNow().AddSeconds(30).UtcTicks, 5, [], []);
        _coordinator.Restore(saved);

        Assert.True(_coordinator.Snapshot.IsNewerThan(saved));
    }

    [Fact]
    public void While_it_is_open_nobody_may_probe_and_all_are_told_how_long()
    {
        _coordinator.Apply(Report(faulted: 4));
        _clock.Advance(TimeSpan.FromSeconds(2));

        var answer = _coordinator.TryProbe("media");

        Assert.Equal((null, TimeSpan.FromSeconds(3)), (answer.ProbeId, answer.RetryAfter));
    }

    [Fact]
    public void After_the_break_one_may_probe_and_only_one()
    {
        Open();

        Assert.NotNull(_coordinator.TryProbe("media").ProbeId);
        Assert.Null(_coordinator.TryProbe("media").ProbeId);
        Assert.Equal(CircuitState.HalfOpen, Assert.Single(_coordinator.Snapshot.Families).State);
    }

    [Theory]
    [InlineData(CallOutcome.Healthy, CircuitState.Closed)]
    [InlineData(CallOutcome.Faulted, CircuitState.Open)]
    public async Task The_probes_end_decides(CallOutcome outcome, CircuitState expected)
    {
        Open();
        await _coordinator.ReportProbeAsync(_coordinator.TryProbe("media").ProbeId!, outcome);

        Assert.Equal(expected, _changes[^1].State);
        Assert.Equal(expected is CircuitState.Closed, _coordinator.Snapshot.Families.Length == 0);
    }

    [Fact]
    public async Task A_probe_that_told_nothing_passes_its_turn_on_at_once()
    {
        Open();
        await _coordinator.ReportProbeAsync(_coordinator.TryProbe("media").ProbeId!, CallOutcome.Unknown);

        Assert.NotNull(_coordinator.TryProbe("media").ProbeId);
    }

    [Fact]
    public async Task The_turn_of_a_probe_that_hangs_is_over_after_a_break()
    {
        Open();
        var hung = _coordinator.TryProbe("media").ProbeId!;
        _clock.Advance(Break);

        var next = _coordinator.TryProbe("media").ProbeId;

        Assert.NotNull(next);
        await _coordinator.ReportProbeAsync(hung, CallOutcome.Faulted); // late: its lease has ended
        Assert.Equal(CircuitState.HalfOpen, Assert.Single(_coordinator.Snapshot.Families).State);
        await _coordinator.ReportProbeAsync(next, CallOutcome.Healthy);
        Assert.Empty(_coordinator.Snapshot.Families);
    }

    [Fact]
    public async Task An_outcome_reported_twice_or_never_asked_for_changes_nothing()
    {
        Open();
        var id = _coordinator.TryProbe("media").ProbeId!;
        await _coordinator.ReportProbeAsync(id, CallOutcome.Healthy);
        var snapshot = _coordinator.Snapshot;

        await _coordinator.ReportProbeAsync(id, CallOutcome.Faulted);
        await _coordinator.ReportProbeAsync("unknown", CallOutcome.Faulted);

        Assert.Equal(snapshot.Sequence, _coordinator.Snapshot.Sequence);
    }

    [Fact]
    public void Whoever_asks_to_probe_a_circuit_that_has_closed_may_simply_call()
    {
        var answer = _coordinator.TryProbe("media");

        Assert.Equal((null, TimeSpan.Zero, 0), (answer.ProbeId, answer.RetryAfter, answer.Snapshot.Families.Length));
    }

    [Fact]
    public void What_was_open_when_its_silo_was_lost_is_open_for_another_break()
    {
        _coordinator.Apply(Report(faulted: 4));
        var saved = _coordinator.Snapshot;
        _clock.Advance(TimeSpan.FromMinutes(1));

        var next = Create();
        next.Restore(saved);

        Assert.Equal(new FamilyState("media", CircuitState.Open, _clock.GetUtcNow() + Break), Assert.Single(next.Snapshot.Families));
    }

    [Fact]
    public void Windows_that_one_node_learned_are_on_the_board_and_survive_a_restore()
    {
        _coordinator.Apply(new([], [Stated(remaining: 7)]));
        var next = Create();
        next.Restore(_coordinator.Snapshot);

        Assert.Equal(7, Assert.Single(next.Snapshot.AppWindows, window => window.EndpointKey == Me).Remaining);
    }

    private void Open()
    {
        _coordinator.Apply(Report(faulted: 4));
        _clock.Advance(Break);
    }

    private CircuitCoordinator Create() =>
        new(new() { MinimumThroughput = 4, BreakDuration = Break }, new EndpointCatalogue(), _clock, (family, state) =>
            _changes.Add((family, state))
        );

    private WindowSnapshot Stated(long remaining) =>
        new(Me, WindowKind.AppDay, 10, remaining, _clock.GetUtcNow().AddHours(24), Stated: true);

    private static NodeReport Report(int healthy = 0, int faulted = 0) => new([new("media", healthy, faulted)], []);
}
