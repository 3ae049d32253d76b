using OrleansTwitterProxy.Core.Queueing;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Answers every call that waits as soon as the process is told to stop: the server waits for them, and they would wait for X.</summary>
internal sealed class QueueEnd(CallQueue queue) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        queue.Close();
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
