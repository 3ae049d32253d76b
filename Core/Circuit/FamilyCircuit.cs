using Polly;
using Polly.CircuitBreaker;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>
/// One family's circuit: Polly's state machine, driven by reports. Polly wraps a call; here the call may have been made by another
/// process, so an outcome is played through the pipeline after the fact, and a probe holds a pipeline execution open until it is reported.
/// </summary>
internal sealed class FamilyCircuit
{
    private static readonly Func<ResilienceContext, CallOutcome, ValueTask<Outcome<CallOutcome>>> Replay =
        static (_, outcome) => ValueTask.FromResult(Outcome.FromResult(outcome));

    private readonly string _family;
    private readonly TimeProvider _timeProvider;
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<CallOutcome> _pipeline;
    private DateTimeOffset _openUntil;

    public FamilyCircuit(string family, CircuitOptions options, TimeProvider timeProvider, Action<string, CircuitState> onChange)
    {
        (_family, _timeProvider) = (family, timeProvider);
        _pipeline = new ResiliencePipelineBuilder<CallOutcome> { TimeProvider = timeProvider }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<CallOutcome>
            {
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                StateProvider = _state,
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Result is CallOutcome.Faulted),
                OnOpened = args =>
                {
                    _openUntil = timeProvider.GetUtcNow() + args.BreakDuration;
                    onChange(family, CircuitState.Open);
                    return default;
                },
                OnHalfOpened = _ =>
                {
                    onChange(family, CircuitState.HalfOpen);
                    return default;
                },
                OnClosed = _ =>
                {
                    onChange(family, CircuitState.Closed);
                    return default;
                },
            })
            .Build();
    }

    public CircuitPermit Enter()
    {
        if (_state.CircuitState is Polly.CircuitBreaker.CircuitState.Closed) return new(_family, Allowed: true);
        var probe = new TaskCompletionSource<CallOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Polly answers a refusal at once; an execution that is still running is the probe.
        var execution = RunAsync(static async (_, result) => Outcome.FromResult(await result.Task), probe);
        return execution.IsCompleted ? new(_family, Allowed: false, RetryAfter) : new(_family, Allowed: true, Probe: probe);
    }

    public void Report(CircuitPermit permit, CallOutcome outcome)
    {
        if (permit.Probe is TaskCompletionSource<CallOutcome> probe)
        {
            // A probe that tells nothing is left open: Polly lets another through after the break duration.
            if (outcome is not CallOutcome.Unknown) probe.TrySetResult(outcome);
            return;
        }

        // A result that comes late, after the circuit opened, must not pass for the probe's.
        if (outcome is CallOutcome.Unknown || _state.CircuitState is not Polly.CircuitBreaker.CircuitState.Closed) return;
        _ = RunAsync(Replay, outcome);
    }

    public CircuitSnapshot Snapshot()
    {
        var state = (CircuitState)_state.CircuitState;
        return new(_family, state, state is CircuitState.Open ? RetryAfter : null);
    }

    private TimeSpan RetryAfter
    {
        get
        {
            var left = _openUntil - _timeProvider.GetUtcNow();
            return left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
        }
    }

    private async Task RunAsync<TState>(Func<ResilienceContext, TState, ValueTask<Outcome<CallOutcome>>> callback, TState state)
    {
        var context = ResilienceContextPool.Shared.Get();
        await _pipeline.ExecuteOutcomeAsync(callback, context, state);
        ResilienceContextPool.Shared.Return(context);
    }
}
