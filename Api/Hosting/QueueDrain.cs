using OrleansTwitterProxy.Core.Queueing;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Answers all queued calls when the process begins to stop. Otherwise the server would wait for them, and they for X's windows.
/// </summary>
internal sealed class QueueDrain(CallQueue queue) : ShutdownStep
{
    public override Task StoppingAsync(CancellationToken cancellationToken)
    {
        queue.Close();
        return Task.CompletedTask;
    }
}
