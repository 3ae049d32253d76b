using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>While the process stops, says every 5 s how many calls it still waits for, and how long it will at most.</summary>
internal sealed partial class StopReport(
    DrainState state,
    IHostApplicationLifetime lifetime,
    IOptions<HostOptions> host,
    TimeProvider timeProvider,
    ILogger<StopReport> logger
) : ShutdownStep, IDisposable
{
    // Most calls end within it.
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private ITimer? _timer;

    public override Task StoppingAsync(CancellationToken cancellationToken)
    {
        var end = timeProvider.GetUtcNow() + host.Value.ShutdownTimeout;
        _timer = timeProvider.CreateTimer(_ => Report(end), null, First, Interval);
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Report(DateTimeOffset end)
    {
        if (state.Calls is 0 || lifetime.ApplicationStopped.IsCancellationRequested)
            return;
        var left = end - timeProvider.GetUtcNow();
        var seconds = left > TimeSpan.Zero ? (int)left.TotalSeconds : 0;
        LogWaiting(state.Calls, seconds);
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Stopping: {Calls} calls have not been answered and are waited for, {Seconds} s more at most. Ctrl-C ends the process at once"
    )]
    private partial void LogWaiting(int calls, int seconds);
}
