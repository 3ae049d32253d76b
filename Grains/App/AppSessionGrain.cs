using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.App;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces.App;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Grains.App;

/// <summary>
/// Hosts the cluster's one <see cref="AppSession"/>. Reentrant: calls wait for X in parallel, and the object synchronizes itself. Never
/// deactivated when idle, because its windows live in memory.
/// </summary>
[Reentrant, GrainType("app-session"), KeepAlive]
public sealed class AppSessionGrain(IGrainContext context, AppSessionFactory factory, InFlightCalls calls) : Grain, IAppSessionGrain
{
    private readonly AppSession _session = factory.Create(new GrainRecordStore<IdempotencyRecord>(context, GrainStorageNames.KeyedWrites));

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _session
            .FlushAsync()
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _session.Dispose();
    }

    public Task<bool> IsServingAsync(Guid callId) => Task.FromResult(calls.Contains(callId));

    public Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        _session.SendAsync(request, cancellationToken);

    public Task<Result<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        _session.DryRunAsync(request, cancellationToken);

    public Task<Result<LimitsSnapshot>> GetLimitsAsync(string clientId, CancellationToken cancellationToken) =>
        _session.GetLimitsAsync(clientId, cancellationToken);
}
