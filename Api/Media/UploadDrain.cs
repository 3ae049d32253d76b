using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Stops receiving upload bodies 5 s after the process begins to stop. A slow client would otherwise delay the stop until all connections
/// are aborted; it can continue its upload later at the confirmed offset.
/// </summary>
public sealed class UploadDrain(TimeProvider timeProvider) : ShutdownStep, IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _over = new(Timeout.InfiniteTimeSpan, timeProvider);

    /// <summary>Cancelled when no more bytes are received.</summary>
    public CancellationToken Over => _over.Token;

    // Stop steps run in reverse order of registration: a process of a cluster has drained before this one.
    public override Task StoppingAsync(CancellationToken cancellationToken)
    {
        _over.CancelAfter(Grace);
        return Task.CompletedTask;
    }

    public void Dispose() => _over.Dispose();
}
