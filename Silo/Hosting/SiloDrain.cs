namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>
/// Holds the shutdown of a silo up twice, for messages that were on their way to it when others were told: after its gateway has asked
/// front ends to send elsewhere, and after its grains have left and before its connections close. Without it they would be lost unanswered.
/// </summary>
internal sealed class SiloDrain(TimeProvider timeProvider) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan Time = TimeSpan.FromMilliseconds(500);

    public void Participate(ISiloLifecycle lifecycle)
    {
        foreach (var stage in (int[])[ServiceLifecycleStage.Active, ServiceLifecycleStage.RuntimeGrainServices])
        {
            lifecycle.Subscribe(
                nameof(SiloDrain),
                stage,
                _ => Task.CompletedTask,
                cancellationToken => Task.Delay(Time, timeProvider, cancellationToken)
            );
        }
    }
}
