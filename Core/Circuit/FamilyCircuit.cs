using Polly;
using Polly.CircuitBreaker;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// One family's circuit: Polly's state machine, driven by reports. Polly wraps a call; here the call may have been made by another
/// process, so an outcome is played through the pipeline after the fact, and a probe holds a pipeline execution open until it is reported.
/// Polly waits for its probe without end, so the probe's seat is passed on here: at once from a call that told nothing, and from one
/// that hangs after the break duration. The first of them to tell something decides. A read probes rather than a write: only when no read
/// has come for another break duration may a write find out whether X is well.
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
    private Seat? _seat; // the half-open probe's holder
    private int _told; // the state that was last told of
    private long _refusedUntil; // UTC ticks: the end of the break, then of the seat's hold
    private long _closedAt; // UTC ticks
    private int _breaks; // in a row: each is twice as long as the one before

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
                    // Asked while the state changes. Polly's OnOpened and its like run later, on a thread of their own: see Tell.
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

    /// <param name="isSafe">Whether the call may be made just to find out (RFC 9110 section 9.2.1).</param>
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

            // Continued where it is reported: the state has changed before the prober is answered, and its next call finds it so.
            var probe = new TaskCompletionSource<CallOutcome>();
            // Polly answers a refusal at once; an execution that is still running is the probe.
            var execution = RunAsync(static async (_, result) => Outcome.FromResult(await result.Task), probe);
            Tell();
            return execution.IsCompleted ? Refused() : Seated(probe, execution);
        }
    }

    /// <summary>
    /// Takes an outcome in. On a plain thread it is taken in before this returns; under a scheduler of its own, such as a grain's, Polly
    /// may go on with a probe elsewhere, and the state has changed once the task has ended.
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
            // A result that comes late, after the circuit opened, must not pass for the probe's.
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

    /// <summary>The state with the instant its refusals end, for a snapshot that others read by their own clocks.</summary>
    public FamilyState State() => new(_family, (CircuitState)_state.CircuitState, new(Volatile.Read(ref _refusedUntil), TimeSpan.Zero));

    /// <summary>Opens a fresh circuit, as it was when its predecessor was lost.</summary>
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

    /// <summary>Lets every call go, whatever was counted before.</summary>
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

    // By the one who caused the change: whoever looks at the state next has been told of it.
    private void Tell()
    {
        var state = (CircuitState)_state.CircuitState;
        if (Interlocked.Exchange(ref _told, (int)state) == (int)state)
            return;
        if (state is CircuitState.Closed)
            Volatile.Write(ref _closedAt, _timeProvider.GetUtcNow().UtcTicks);
        _onChange(_family, state);
    }

    // One that fails again before it was closed for a whole sampling duration has not recovered: a flapping X is left alone for longer and
    // longer.
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
