using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Grains.Sessions;

/// <summary>Hosts the cluster's one <see cref="TokenRewrap"/>. Reentrant: progress is asked for while it runs.</summary>
[Reentrant, GrainType("token-rewrap"), KeepAlive]
public sealed class TokenRewrapGrain(
    IAccountRows rows,
    [FromKeyedServices(GrainStorageNames.Sessions)] IGrainStorage storage,
    TokenVault vault,
    IKeyManager keys,
    IOptions<UserSessionOptions> options,
    TimeProvider timeProvider,
    ILogger<TokenRewrap> logger
) : Grain, ITokenRewrapGrain, IDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly TokenRewrap _rewrap = new(
        rows,
        new GrainRecordStore<SessionRecord>(storage, GrainType.Create("user-session"), GrainStorageNames.Sessions),
        vault,
        keys,
        options,
        timeProvider,
        logger
    );
    private Task _run = Task.CompletedTask;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _lifetime.CancelAsync();
        await _run;
    }

    public void Dispose() => _lifetime.Dispose();

    public Task<RewrapProgress> StartRewrapAsync()
    {
        if (_run.IsCompleted)
            _run = _rewrap.RunAsync(_lifetime.Token);
        return Task.FromResult(_rewrap.Progress);
    }

    public Task<RewrapProgress> GetRewrapAsync() => Task.FromResult(_rewrap.Progress);
}
