namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Ends the receiving of bodies a moment after the process was told to stop. A slow line would else hold the stop up until everybody is broken
/// off, and whoever sends can go on where it was.
/// </summary>
public sealed class LastCall : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenRegistration _stopping;

    public LastCall(IHostApplicationLifetime host, TimeProvider timeProvider)
    {
        _over = new(Timeout.InfiniteTimeSpan, timeProvider);
        _stopping = host.ApplicationStopping.Register(() => _over.CancelAfter(Grace));
    }

    /// <summary>Cancelled when no more is received.</summary>
    public CancellationToken Over => _over.Token;

    public void Dispose()
    {
        _stopping.Dispose();
        _over.Dispose();
    }
}
