namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Runs when the process begins to stop, before any service has stopped. The last one registered runs first.</summary>
public abstract class ShutdownStep : IHostedLifecycleService
{
    public abstract Task StoppingAsync(CancellationToken cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
