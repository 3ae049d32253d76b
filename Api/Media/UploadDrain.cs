using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Ends the receiving of bodies a moment after the process has begun to stop and takes no new ones. A slow line would else hold the stop up
/// until everybody is broken off, and whoever sends can go on where it was.
/// </summary>
public sealed class UploadDrain(TimeProvider timeProvider) : ShutdownStep, IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _over = new(Timeout.InfiniteTimeSpan, timeProvider);

    /// <summary>Cancelled when no more is received.</summary>
    public CancellationToken Over => _over.Token;

    // Stops run in the reverse order: a node of a cluster has drained by now.
    public override Task StoppingAsync(CancellationToken cancellationToken)
    {
        _over.CancelAfter(Grace);
        return Task.CompletedTask;
    }

    public void Dispose() => _over.Dispose();
}
