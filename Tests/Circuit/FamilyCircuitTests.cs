using System.Threading.Channels;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

public sealed class FamilyCircuitTests
{
    private static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(5);

    private readonly ManualClock _clock = new();
    private readonly Channel<CircuitState> _changes = Channel.CreateUnbounded<CircuitState>();
    private readonly FamilyCircuit _circuit;

    public FamilyCircuitTests()
    {
        var options = new CircuitOptions
        {
            FailureRatio = 0.5,
            MinimumThroughput = 10,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = BreakDuration,
        };
        _circuit = new("tweets", options, _clock, (_, state) => _changes.Writer.TryWrite(state));
    }

    [Fact]
    public void Failures_below_the_minimum_throughput_do_not_open()
    {
        Call(CallOutcome.Faulted, times: 9);
        Assert.Equal(CircuitState.Closed, State);
    }

    [Fact]
    public void It_opens_when_ratio_and_throughput_are_reached()
    {
        Call(CallOutcome.Healthy, times: 5);
        Call(CallOutcome.Faulted, times: 4);
        Assert.Equal(CircuitState.Closed, State);
        Call(CallOutcome.Faulted);
        Assert.Equal(CircuitState.Open, State);
        Assert.False(_circuit.Enter().Allowed);
    }

    [Fact]
    public void It_stays_closed_below_the_failure_ratio()
    {
        Call(CallOutcome.Healthy, times: 51);
        Call(CallOutcome.Faulted, times: 50);
        Assert.Equal(CircuitState.Closed, State);
    }

    [Fact]
    public void Calls_older_than_the_sampling_duration_do_not_count()
    {
        Call(CallOutcome.Faulted, times: 9);
        _clock.Advance(TimeSpan.FromSeconds(31));
        Call(CallOutcome.Faulted, times: 9);
        Assert.Equal(CircuitState.Closed, State);
    }

    [Fact]
    public void Unknown_outcomes_count_neither_way()
    {
        Call(CallOutcome.Unknown, times: 100);
        Call(CallOutcome.Faulted, times: 9);
        Assert.Equal(CircuitState.Closed, State);
        Call(CallOutcome.Faulted);
        Assert.Equal(CircuitState.Open, State);
    }

    [Fact]
    public void An_open_circuit_tells_how_long_it_still_refuses()
    {
        Open();
        Assert.Equal(BreakDuration, _circuit.Enter().RetryAfter);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(3), _circuit.Enter().RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(3), _circuit.Snapshot().RetryAfter);
    }

    [Fact]
    public void A_closed_circuit_tells_no_time()
    {
        Assert.Null(_circuit.Snapshot().RetryAfter);
        Assert.Null(_circuit.Enter().RetryAfter);
    }

    [Fact]
    public async Task After_the_break_duration_exactly_one_probe_goes()
    {
        await HalfOpen();
        var permits = Enumerable.Range(0, 20).Select(_ => _circuit.Enter()).ToList();
        Assert.True(permits[0].Allowed);
        Assert.All(permits.Skip(1), permit => Assert.False(permit.Allowed));
        Assert.All(permits.Skip(1), permit => Assert.Equal(BreakDuration, permit.RetryAfter));
        Assert.Equal(CircuitState.HalfOpen, State);
    }

    [Fact]
    public async Task Of_many_threads_one_gets_the_probe()
    {
        await HalfOpen();
        var allowed = 0;
        Parallel.For(0, 200, _ =>
        {
            if (_circuit.Enter().Allowed)
                Interlocked.Increment(ref allowed);
        });
        Assert.Equal(1, allowed);
    }

    [Fact]
    public async Task Half_open_probe_success_closes()
    {
        await HalfOpen();
        var probe = _circuit.Enter();
        _ = _circuit.ReportAsync(probe, CallOutcome.Healthy);
        await NextChange(CircuitState.Closed);
        Assert.True(_circuit.Enter().Allowed);
        Call(CallOutcome.Faulted, times: 9);
        Assert.Equal(CircuitState.Closed, State);
    }

    [Fact]
    public async Task Half_open_probe_failure_reopens_for_a_break_twice_as_long()
    {
        await HalfOpen();
        var probe = _circuit.Enter();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _ = _circuit.ReportAsync(probe, CallOutcome.Faulted);
        await NextChange(CircuitState.Open);
        Assert.Equal(2 * BreakDuration, _circuit.Enter().RetryAfter);
        _clock.Advance((2 * BreakDuration) - TimeSpan.FromTicks(1));
        Assert.False(_circuit.Enter().Allowed);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(_circuit.Enter().Allowed);
    }

    [Fact]
    public async Task Breaks_in_a_row_grow_to_their_bound()
    {
        List<double> breaks = [];
        Open();
        for (var i = 0; i < 6; i++)
        {
            var left = _circuit.Enter().RetryAfter!.Value;
            breaks.Add(left.TotalSeconds);
            _clock.Advance(left);
            await _circuit.ReportAsync(_circuit.Enter(), CallOutcome.Faulted);
        }

        Assert.Equal([5, 10, 20, 40, 60, 60], breaks);
    }

    [Theory]
    [InlineData(29, 10)] // flapping: it was hardly well
    [InlineData(30, 5)]
    public async Task A_circuit_that_was_closed_for_a_sampling_duration_begins_with_a_short_break_again(int secondsOfHealth, int expected)
    {
        Open();
        _clock.Advance(BreakDuration);
        await _circuit.ReportAsync(_circuit.Enter(), CallOutcome.Healthy);
        _clock.Advance(TimeSpan.FromSeconds(secondsOfHealth));

        Open();

        Assert.Equal(TimeSpan.FromSeconds(expected), _circuit.Enter().RetryAfter);
    }

    [Fact]
    public async Task A_write_probes_only_when_no_read_has_come_for_another_break()
    {
        await HalfOpen();
        Assert.Equal(BreakDuration, _circuit.Enter(isSafe: false).RetryAfter);
        _clock.Advance(BreakDuration - TimeSpan.FromTicks(1));
        Assert.False(_circuit.Enter(isSafe: false).Allowed);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(_circuit.Enter(isSafe: false).Allowed);
        Assert.False(_circuit.Enter().Allowed); // and holds its place like any
    }

    [Fact]
    public async Task Closing_by_hand_lets_calls_go_at_once_and_a_probe_that_is_still_away_changes_nothing()
    {
        await HalfOpen();
        var probe = _circuit.Enter();
        await _circuit.CloseAsync();
        Assert.True(_circuit.Enter(isSafe: false).Allowed);

        await _circuit.ReportAsync(probe, CallOutcome.Faulted);

        Assert.Equal(CircuitState.Closed, State);
    }

    [Fact]
    public async Task Isolated_it_refuses_without_a_time_whatever_is_reported()
    {
        await _circuit.IsolateAsync();
        Call(CallOutcome.Healthy, times: 50);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(new("tweets", Allowed: false), _circuit.Enter());
        Assert.Equal(CircuitState.Isolated, State);
    }

    [Fact]
    public async Task A_hung_probe_gives_way_to_another_after_the_break_duration()
    {
        await HalfOpen();
        Assert.True(_circuit.Enter().Allowed);
        _clock.Advance(BreakDuration - TimeSpan.FromTicks(1));
        Assert.False(_circuit.Enter().Allowed);
        _clock.Advance(TimeSpan.FromTicks(1));
        var second = _circuit.Enter();
        Assert.True(second.Allowed);
        Assert.False(_circuit.Enter().Allowed);
        _ = _circuit.ReportAsync(second, CallOutcome.Healthy);
        await NextChange(CircuitState.Closed);
    }

    [Fact]
    public async Task A_slow_probe_that_succeeds_after_another_has_gone_closes_too()
    {
        await HalfOpen();
        var slow = _circuit.Enter();
        _clock.Advance(BreakDuration);
        Assert.True(_circuit.Enter().Allowed);
        _ = _circuit.ReportAsync(slow, CallOutcome.Healthy);
        await NextChange(CircuitState.Closed);
    }

    [Fact]
    public async Task A_probe_that_tells_nothing_passes_its_place_on_at_once()
    {
        await HalfOpen();
        for (var i = 0; i < 5; i++)
        {
            var cancelled = _circuit.Enter();
            Assert.True(cancelled.Allowed);
            _ = _circuit.ReportAsync(cancelled, CallOutcome.Unknown);
        }

        var probe = _circuit.Enter();
        Assert.True(probe.Allowed);
        Assert.False(_circuit.Enter().Allowed);
        _ = _circuit.ReportAsync(probe, CallOutcome.Healthy);
        await NextChange(CircuitState.Closed);
    }

    [Fact]
    public async Task A_hung_probe_that_tells_nothing_in_the_end_does_not_free_the_place_of_its_successor()
    {
        await HalfOpen();
        var hung = _circuit.Enter();
        _clock.Advance(BreakDuration);
        Assert.True(_circuit.Enter().Allowed);
        _ = _circuit.ReportAsync(hung, CallOutcome.Unknown);
        Assert.False(_circuit.Enter().Allowed);
    }

    [Fact]
    public async Task A_result_that_comes_late_does_not_pass_for_the_probes()
    {
        var late = _circuit.Enter();
        var later = _circuit.Enter();
        await HalfOpen();
        _ = _circuit.ReportAsync(late, CallOutcome.Healthy);
        var probe = _circuit.Enter();
        _ = _circuit.ReportAsync(later, CallOutcome.Healthy);
        Assert.Equal(CircuitState.HalfOpen, State);
        _ = _circuit.ReportAsync(probe, CallOutcome.Faulted);
        await NextChange(CircuitState.Open);
    }

    [Fact]
    public async Task A_probe_reported_twice_counts_once()
    {
        await HalfOpen();
        var probe = _circuit.Enter();
        _ = _circuit.ReportAsync(probe, CallOutcome.Healthy);
        await NextChange(CircuitState.Closed);
        for (var i = 0; i < 50; i++)
            _ = _circuit.ReportAsync(probe, CallOutcome.Faulted);
        Assert.Equal(CircuitState.Closed, State);
    }

    private CircuitState State => _circuit.Snapshot().State;

    private void Call(CallOutcome outcome, int times = 1)
    {
        for (var i = 0; i < times; i++)
            _ = _circuit.ReportAsync(_circuit.Enter(), outcome);
    }

    private void Open()
    {
        Call(CallOutcome.Faulted, times: 10);
        Assert.Equal(CircuitState.Open, State);
    }

    // Half-open in all but name: the next to ask is the probe.
    private async Task HalfOpen()
    {
        Open();
        await NextChange(CircuitState.Open);
        _clock.Advance(BreakDuration);
    }

    private async Task NextChange(CircuitState expected)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10)); // a bound for a failing test, never waited for
        CircuitState change;
        do
        {
            change = await _changes.Reader.ReadAsync(patience.Token);
        } while (change is CircuitState.HalfOpen);
        Assert.Equal(expected, change);
    }
}
