using Polly;
using Polly.CircuitBreaker;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// One family's circuit: Polly's state machine, driven by reports. Polly wraps a call; here the call may have been made by another
/// process, so an outcome is played through the pipeline after the fact, and a probe holds a pipeline execution open until it is reported.
/// Polly waits for its probe without end, so the probe's seat is passed on here: at once from a call that told nothing, and from one
/// that hangs after the break duration. The first of them to tell something decides.
/// </summary>
internal sealed class FamilyCircuit
{
    private static readonly Func<ResilienceContext, CallOutcome, ValueTask<Outcome<CallOutcome>>> Replay =
        static (_, outcome) => ValueTask.FromResult(Outcome.FromResult(outcome));

    private static readonly TimeSpan MinimumRetryAfter = TimeSpan.FromSeconds(1);

    private readonly string _family;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _breakDuration;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<CallOutcome> _pipeline;
    private readonly Lock _lock = new();
    private readonly Action<string, CircuitState> _onChange;
    private Seat? _seat; // the half-open probe's holder
    private int _told; // the state that was last told of
    private long _refusedUntil; // UTC ticks: the end of the break, then of the seat's hold

    public FamilyCircuit(string family, CircuitOptions options, TimeProvider timeProvider, Action<string, CircuitState> onChange)
    {
        (_family, _timeProvider, _breakDuration, _onChange) = (family, timeProvider, options.BreakDuration, onChange);
        _pipeline = new ResiliencePipelineBuilder<CallOutcome> { TimeProvider = timeProvider }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<CallOutcome>
            {
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                StateProvider = _state,
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is CallOutcome.Faulted),
                // Asked while the state changes. Polly's OnOpened and its like run later, on a thread of their own: see Tell.
                BreakDurationGenerator = _ =>
                {
                    RefuseFor(options.BreakDuration);
                    return ValueTask.FromResult(options.BreakDuration);
                },
            })
            .Build();
    }

    public CircuitPermit Enter()
    {
        if (_state.CircuitState is Polly.CircuitBreaker.CircuitState.Closed) return new(_family, Allowed: true);
        lock (_lock)
        {
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
    /// Takes an outcome in. On a plain thread it is taken in before this returns; under a scheduler of its own, such as a grain's, Polly may
    /// go on with a probe elsewhere, and the state has changed once the task has ended.
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
            if (outcome is CallOutcome.Unknown || _state.CircuitState is not Polly.CircuitBreaker.CircuitState.Closed) return;
            await RunAsync(Replay, outcome);
        }

        Tell();
    }

    public CircuitSnapshot Snapshot()
    {
        var state = (CircuitState)_state.CircuitState;
        return new(_family, state, state is CircuitState.Open ? RetryAfter() : null);
    }

    /// <summary>The state with the instant its refusals end, for a board that others read by their own clocks.</summary>
    public FamilyState State() => new(_family, (CircuitState)_state.CircuitState, new(Volatile.Read(ref _refusedUntil), TimeSpan.Zero));

    /// <summary>Opens a fresh circuit, as it was when its predecessor was lost.</summary>
    public void Reopen(int minimumThroughput)
    {
        for (var i = 0; i < minimumThroughput; i++) _ = ReportAsync(new(_family, Allowed: true), CallOutcome.Faulted);
    }

    private CircuitPermit Seated(TaskCompletionSource<CallOutcome> probe, Task execution)
    {
        RefuseFor(_breakDuration);
        _seat = new(probe, execution);
        return new(_family, Allowed: true, Probe: _seat);
    }

    private void PassOn(Seat seat)
    {
        lock (_lock)
        {
            if (ReferenceEquals(seat, _seat)) RefuseFor(TimeSpan.Zero);
        }
    }

    // By the one who caused the change: whoever looks at the state next has been told of it.
    private void Tell()
    {
        var state = (CircuitState)_state.CircuitState;
        if (Interlocked.Exchange(ref _told, (int)state) != (int)state) _onChange(_family, state);
    }

    private CircuitPermit Refused() => new(_family, Allowed: false, RetryAfter());

    private TimeSpan RetryAfter() => LeftOfRefusal() is var left && left > MinimumRetryAfter ? left : MinimumRetryAfter;

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
