using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.App;

/// <summary>
/// The X app as its grain hosts it. Its windows are not stored: the first response of X after a start corrects them. Thread-safe.
/// </summary>
public sealed class AppSession : IAppSession, IDisposable
{
    private readonly EndpointCatalogue _catalogue;
    private readonly CallForwarder _forwarder;
    private readonly KeyedWrites _keyedWrites;
    private readonly CallPreview _preview;
    private readonly AccountQueue _queue;
    private readonly LimitTable _windows;
    private readonly LimitTable _appLimits;
    private readonly RecentClients _clients;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _lifetime;

    /// <param name="catalogue">For endpoints by key.</param>
    /// <param name="forwarder">Sends calls with the app's token.</param>
    /// <param name="keyedWrites">Writes with an idempotency key.</param>
    /// <param name="preview">Answers dry runs.</param>
    /// <param name="queue">The calls that wait.</param>
    /// <param name="windows">The app's as a caller of its own.</param>
    /// <param name="appLimits">The app's that users' calls draw on too.</param>
    /// <param name="timeProvider">Our clock.</param>
    /// <param name="lifetime">Cancelled, and disposed of, with this.</param>
    internal AppSession(
        EndpointCatalogue catalogue,
        CallForwarder forwarder,
        KeyedWrites keyedWrites,
        CallPreview preview,
        AccountQueue queue,
        LimitTable windows,
        LimitTable appLimits,
        TimeProvider timeProvider,
        CancellationTokenSource lifetime
    )
    {
        (_catalogue, _forwarder, _keyedWrites, _preview, _queue) = (catalogue, forwarder, keyedWrites, preview, queue);
        (_windows, _appLimits, _timeProvider, _lifetime) = (windows, appLimits, timeProvider, lifetime);
        _clients = new(timeProvider);
    }

    public async Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken)
    {
        var call = Admit(request, _clients.IsShared(request.SessionId));
        try
        {
            return call.Request.IdempotencyKey is null || call.Endpoint.IsSafe
                ? await _forwarder.SendAsync(call, intent: null, cancellationToken)
                : await _keyedWrites.SendAsync(call, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return ForwardResponse.Rejected(SharedRejections.StorageUnavailable());
        }
    }

    public Task<Result<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<DryRun>>(_preview.Of(Admit(request, _clients.WouldBeShared(request.SessionId))));

    public Task<Result<LimitsSnapshot>> GetLimitsAsync(string clientId, CancellationToken cancellationToken)
    {
        var now = _timeProvider.GetUtcNow();
        return Task.FromResult<Result<LimitsSnapshot>>(
            new LimitsSnapshot([.. _windows.Forecasts(now), .. _appLimits.Forecasts(now)], _queue.Snapshot(clientId))
            {
                Caps = _appLimits.Caps(now),
            }
        );
    }

    /// <summary>Before the grain leaves memory: lets keyed writes in flight finish. Never throws.</summary>
    public Task FlushAsync()
    {
        _queue.Close(); // the writes may be in it
        return _keyedWrites.WhenIdleAsync();
    }

    /// <summary>Ends what still runs; <see cref="FlushAsync"/> first lets it finish.</summary>
    public void Dispose()
    {
        _queue.Close();
        _lifetime.Cancel();
        _lifetime.Dispose();
    }

    private AdmittedCall Admit(ForwardRequest request, bool isShared) =>
        new(request, _catalogue.ByKey(request.EndpointKey), request.SessionId, isShared) { IsAppOnly = true };
}
