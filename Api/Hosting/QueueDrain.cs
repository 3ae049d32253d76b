using OrleansTwitterProxy.Core.Queueing;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Answers every call that waits as soon as the process is told to stop: the server waits for them, and they would wait for X.
/// </summary>
internal sealed class QueueDrain(CallQueue queue) : ShutdownStep
{
    public override Task StoppingAsync(CancellationToken cancellationToken)
    {
        queue.Close();
        return Task.CompletedTask;
    }
}
