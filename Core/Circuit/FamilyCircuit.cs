using Polly;
using Polly.CircuitBreaker;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// One family's circuit: Polly's state machine, driven by reports. Polly wraps a call, but here another process may have made the call. So
/// an outcome is run through the pipeline after the fact, and a probe keeps a pipeline execution open until its outcome is reported.
/// Polly waits for its probe without a time limit. Here the probe is passed to another call: at once if its call had outcome Unknown, and
/// after the break duration if its call hangs. The first of them with a known outcome decides. Reads are preferred as probes: a write may
/// probe only if no read has come for another break duration.
/// </summary>
internal sealed class FamilyCircuit
{
    private static readonly Func<ResilienceContext, CallOutcome, ValueTask<Outcome<CallOutcome>>> Replay = static (_, outcome) =>
        ValueTask.FromResult(Outcome.FromResult(outcome));

    private readonly string _family;
    private readonly CircuitOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly CircuitBreakerManualControl _control = new();
    private readonly ResiliencePipeline<CallOutcome> _pipeline;
    private readonly Lock _lock = new();
    private readonly Action<string, CircuitState> _onChange;
    private Seat? _seat; // the call that holds the half-open probe
    private int _told; // the last state passed to onChange
    private long _refusedUntil; // UTC ticks: the end of the break, then of the probe's lease
    private long _closedAt; // UTC ticks
    private int _breaks; // consecutive breaks; each is twice as long as the previous one

    public FamilyCircuit(string family, CircuitOptions options, TimeProvider timeProvider, Action<string, CircuitState> onChange)
    {
        (_family, _options, _timeProvider, _onChange) = (family, options, timeProvider, onChange);
        _pipeline = new ResiliencePipelineBuilder<CallOutcome> { TimeProvider = timeProvider }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions<CallOutcome>
                {
                    FailureRatio = options.FailureRatio,
                    MinimumThroughput = options.MinimumThroughput,
                    SamplingDuration = options.SamplingDuration,
                    BreakDuration = options.BreakDuration,
                    StateProvider = _state,
                    ManualControl = _control,
                    ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is CallOutcome.Faulted),
                    // Called while the state changes. Polly's OnOpened and similar callbacks run later, on another thread: see Tell.
                    BreakDurationGenerator = _ =>
                    {
                        var duration = NextBreak();
                        RefuseFor(duration);
                        return ValueTask.FromResult(duration);
                    },
                }
            )
            .Build();
    }

    /// <param name="isSafe">Whether the method is safe (RFC 9110 section 9.2.1), so that the call may be used as a probe.</param>
    public CircuitPermit Enter(bool isSafe = true)
    {
        if (_state.CircuitState is Polly.CircuitBreaker.CircuitState.Closed)
            return new(_family, Allowed: true);
        if (_state.CircuitState is Polly.CircuitBreaker.CircuitState.Isolated)
            return new(_family, Allowed: false);
        lock (_lock)
        {
            if (!isSafe && LeftOfRefusal() + _options.BreakDuration is var left && left > TimeSpan.Zero)
                return CircuitPermit.Refused(_family, left);
            if (_seat is { } held && _state.CircuitState is Polly.CircuitBreaker.CircuitState.HalfOpen)
            {
                return LeftOfRefusal() > TimeSpan.Zero || held.Probe.Task.IsCompleted ? Refused() : Seated(held.Probe, held.Execution);
            }

            // Continuations run inline in the reporting call, so the state has changed before the prober gets its answer.
            var probe = new TaskCompletionSource<CallOutcome>();
            // Polly refuses synchronously; an execution that is still running is the probe.
            var execution = RunAsync(static async (_, result) => Outcome.FromResult(await result.Task), probe);
            Tell();
            return execution.IsCompleted ? Refused() : Seated(probe, execution);
        }
    }

    /// <summary>
    /// Records an outcome. On a thread-pool thread it is recorded before this returns. Under another scheduler, such as a grain's, Polly
    /// may finish a probe asynchronously; the state has changed when the task completes.
    /// </summary>
    public async Task ReportAsync(CircuitPermit permit, CallOutcome outcome)
    {
        if (permit.Probe is Seat seat)
        {
            if (outcome is CallOutcome.Unknown)
            {
                PassOn(seat);
                return;
            }

            seat.Probe.TrySetResult(outcome);
            await seat.Execution;
        }
        else
        {
            // An outcome that arrives after the circuit has opened must not count as the probe's.
            if (outcome is CallOutcome.Unknown || _state.CircuitState is not Polly.CircuitBreaker.CircuitState.Closed)
                return;
            await RunAsync(Replay, outcome);
        }

        Tell();
    }

    public FamilySnapshot Snapshot()
    {
        var state = (CircuitState)_state.CircuitState;
        return new(_family, state, state is CircuitState.Open ? Refused().RetryAfter : null);
    }

    /// <summary>
    /// The state and the end of its refusals as an instant, for a snapshot that other processes read by their own clocks.
    /// </summary>
    public FamilyState State() => new(_family, (CircuitState)_state.CircuitState, new(Volatile.Read(ref _refusedUntil), TimeSpan.Zero));

    /// <summary>Opens a new circuit, to restore an earlier one that was open.</summary>
    public void Reopen()
    {
        for (var i = 0; i < _options.MinimumThroughput; i++)
            _ = ReportAsync(new(_family, Allowed: true), CallOutcome.Faulted);
    }

    /// <summary>Refuses every call until <see cref="CloseAsync"/>.</summary>
    public async Task IsolateAsync()
    {
        await _control.IsolateAsync();
        Tell();
    }

    /// <summary>Closes the circuit and discards earlier outcomes.</summary>
    public async Task CloseAsync()
    {
        await _control.CloseAsync();
        Volatile.Write(ref _breaks, 0);
        Tell();
    }

    private CircuitPermit Seated(TaskCompletionSource<CallOutcome> probe, Task execution)
    {
        RefuseFor(_options.BreakDuration);
        _seat = new(probe, execution);
        return new(_family, Allowed: true, Probe: _seat);
    }

    private void PassOn(Seat seat)
    {
        lock (_lock)
        {
            if (ReferenceEquals(seat, _seat))
                RefuseFor(TimeSpan.Zero);
        }
    }

    // Called by the thread that caused the change, so onChange has run before anyone sees the new state.
    private void Tell()
    {
        var state = (CircuitState)_state.CircuitState;
        if (Interlocked.Exchange(ref _told, (int)state) == (int)state)
            return;
        if (state is CircuitState.Closed)
            Volatile.Write(ref _closedAt, _timeProvider.GetUtcNow().UtcTicks);
        _onChange(_family, state);
    }

    // A circuit that opens again before it was closed for a whole sampling duration has not recovered: its breaks get longer.
    private TimeSpan NextBreak()
    {
        var closedFor = TimeSpan.FromTicks(_timeProvider.GetUtcNow().UtcTicks - Volatile.Read(ref _closedAt));
        if (_told is (int)CircuitState.Closed && closedFor >= _options.SamplingDuration)
            _breaks = 0;
        var duration = Math.Min(
            _options.BreakDuration.Ticks * Math.Pow(2, _breaks++),
            Math.Max(_options.MaxBreakDuration.Ticks, _options.BreakDuration.Ticks)
        );
        return TimeSpan.FromTicks((long)duration);
    }

    private CircuitPermit Refused() => CircuitPermit.Refused(_family, LeftOfRefusal());

    private TimeSpan LeftOfRefusal() => TimeSpan.FromTicks(Volatile.Read(ref _refusedUntil) - _timeProvider.GetUtcNow().UtcTicks);

    private void RefuseFor(TimeSpan duration) => Volatile.Write(ref _refusedUntil, (_timeProvider.GetUtcNow() + duration).UtcTicks);

    private async Task RunAsync<TState>(Func<ResilienceContext, TState, ValueTask<Outcome<CallOutcome>>> callback, TState state)
    {
        var context = ResilienceContextPool.Shared.Get();
        await _pipeline.ExecuteOutcomeAsync(callback, context, state);
        ResilienceContextPool.Shared.Return(context);
    }

    private sealed class Seat(TaskCompletionSource<CallOutcome> probe, Task execution)
    {
        public TaskCompletionSource<CallOutcome> Probe => probe;

        public Task Execution => execution;
    }
}
