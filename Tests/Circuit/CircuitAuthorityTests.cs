using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

/// <summary>What the cluster's singleton decides, without a cluster.</summary>
public sealed class CircuitAuthorityTests
{
    private const string Me = "GET /2/users/me";

    private static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly ManualClock _clock = new();
    private readonly List<(string Family, CircuitState State)> _changes = [];
    private readonly CircuitAuthority _authority;

    public CircuitAuthorityTests() => _authority = Create();

    [Fact]
    public void Reports_of_many_nodes_open_the_circuit_together()
    {
        _authority.Apply(Report(faulted: 2));
        Assert.Empty(_authority.Board.Families);

        _authority.Apply(Report(faulted: 2));

        Assert.Equal(new FamilyState("media", CircuitState.Open, _clock.GetUtcNow() + Break), Assert.Single(_authority.Board.Families));
        Assert.Equal([("media", CircuitState.Open)], _changes);
    }

    [Fact]
    public void Healthy_calls_count_against_the_faults()
    {
        _authority.Apply(Report(healthy: 10, faulted: 4));

        Assert.Empty(_authority.Board.Families);
    }

    [Fact]
    public void A_change_makes_the_board_newer_than_the_one_before()
    {
        var before = _authority.Board;
        _authority.Apply(Report(faulted: 4));

        Assert.True(_authority.Board.IsNewerThan(before));
        Assert.False(before.IsNewerThan(_authority.Board));
        Assert.False(_authority.Board.IsNewerThan(_authority.Board));
    }

    [Fact]
    public void A_later_activation_outranks_whatever_an_earlier_one_said()
    {
        for (var i = 0; i < 3; i++) _authority.Apply(new([], [Stated(remaining: 10 - i)]));
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(Create().Board.IsNewerThan(_authority.Board));
    }

    [Fact]
    public void So_does_one_whose_clock_is_behind_once_it_has_read_what_was_saved()
    {
        var saved = new CircuitBoard(_clock.GetUtcNow().AddSeconds(30).UtcTicks, 5, [], []);
        _authority.Restore(saved);

        Assert.True(_authority.Board.IsNewerThan(saved));
    }

    [Fact]
    public void While_it_is_open_nobody_may_probe_and_all_are_told_how_long()
    {
        _authority.Apply(Report(faulted: 4));
        _clock.Advance(TimeSpan.FromSeconds(2));

        var answer = _authority.TryProbe("media");

        Assert.Equal((null, TimeSpan.FromSeconds(3)), (answer.ProbeId, answer.RetryAfter));
    }

    [Fact]
    public void After_the_break_one_may_probe_and_only_one()
    {
        Open();

        Assert.NotNull(_authority.TryProbe("media").ProbeId);
        Assert.Null(_authority.TryProbe("media").ProbeId);
        Assert.Equal(CircuitState.HalfOpen, Assert.Single(_authority.Board.Families).State);
    }

    [Theory]
    [InlineData(CallOutcome.Healthy, CircuitState.Closed)]
    [InlineData(CallOutcome.Faulted, CircuitState.Open)]
    public async Task The_probes_end_decides(CallOutcome outcome, CircuitState expected)
    {
        Open();
        await _authority.ReportProbeAsync(_authority.TryProbe("media").ProbeId!, outcome);

        Assert.Equal(expected, _changes[^1].State);
        Assert.Equal(expected is CircuitState.Closed, _authority.Board.Families.Count == 0);
    }

    [Fact]
    public async Task A_probe_that_told_nothing_passes_its_turn_on_at_once()
    {
        Open();
        await _authority.ReportProbeAsync(_authority.TryProbe("media").ProbeId!, CallOutcome.Unknown);

        Assert.NotNull(_authority.TryProbe("media").ProbeId);
    }

    [Fact]
    public async Task The_turn_of_a_probe_that_hangs_is_over_after_a_break()
    {
        Open();
        var hung = _authority.TryProbe("media").ProbeId!;
        _clock.Advance(Break);

        var next = _authority.TryProbe("media").ProbeId;

        Assert.NotNull(next);
        await _authority.ReportProbeAsync(hung, CallOutcome.Faulted); // late: its lease has ended
        Assert.Equal(CircuitState.HalfOpen, Assert.Single(_authority.Board.Families).State);
        await _authority.ReportProbeAsync(next, CallOutcome.Healthy);
        Assert.Empty(_authority.Board.Families);
    }

    [Fact]
    public async Task An_outcome_reported_twice_or_never_asked_for_changes_nothing()
    {
        Open();
        var id = _authority.TryProbe("media").ProbeId!;
        await _authority.ReportProbeAsync(id, CallOutcome.Healthy);
        var board = _authority.Board;

        await _authority.ReportProbeAsync(id, CallOutcome.Faulted);
        await _authority.ReportProbeAsync("unknown", CallOutcome.Faulted);

        Assert.Equal(board.Sequence, _authority.Board.Sequence);
    }

    [Fact]
    public void Whoever_asks_to_probe_a_circuit_that_has_closed_may_simply_call()
    {
        var answer = _authority.TryProbe("media");

        Assert.Equal((null, TimeSpan.Zero, 0), (answer.ProbeId, answer.RetryAfter, answer.Board.Families.Count));
    }

    [Fact]
    public void What_was_open_when_its_silo_was_lost_is_open_for_another_break()
    {
        _authority.Apply(Report(faulted: 4));
        var saved = _authority.Board;
        _clock.Advance(TimeSpan.FromMinutes(1));

        var next = Create();
        next.Restore(saved);

        Assert.Equal(new FamilyState("media", CircuitState.Open, _clock.GetUtcNow() + Break), Assert.Single(next.Board.Families));
    }

    [Fact]
    public void Windows_that_one_node_learned_are_on_the_board_and_survive_a_restore()
    {
        _authority.Apply(new([], [Stated(remaining: 7)]));
        var next = Create();
        next.Restore(_authority.Board);

        Assert.Equal(7, Assert.Single(next.Board.AppWindows, window => window.EndpointKey == Me).Remaining);
    }

    private void Open()
    {
        _authority.Apply(Report(faulted: 4));
        _clock.Advance(Break);
    }

    private CircuitAuthority Create() =>
        new(new() { MinimumThroughput = 4, BreakDuration = Break }, new EndpointCatalogue(), _clock, (family, state) => _changes.Add((family, state)));

    private WindowSnapshot Stated(long remaining) => new(Me, WindowKind.AppDay, 10, remaining, _clock.GetUtcNow().AddHours(24), Stated: true);

    private static NodeReport Report(int healthy = 0, int faulted = 0) => new([new("media", healthy, faulted)], []);
}
