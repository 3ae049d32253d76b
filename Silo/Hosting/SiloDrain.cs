namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>
/// Delays the shutdown of a silo twice, for messages that are already on their way to it: after its gateway has told front ends to use
/// another, and after its grains have been deactivated, before its connections close. Without the delays these messages would get no
/// response.
/// </summary>
internal sealed class SiloDrain : ILifecycleParticipant<ISiloLifecycle>
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
                cancellationToken => Task.Delay(Time, TimeProvider.System, cancellationToken)
            );
        }
    }
}
