using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces;
using OrleansTwitterProxy.Grains.Interfaces.SignIn;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Grains.SignIn;

/// <summary>
/// Hosts one <see cref="SignInFlow"/>. Reentrant: of two callbacks with the same state, the second is refused at once, without waiting for
/// X's response to the first. The record's versions, not the grain's turns, keep the stages apart.
/// </summary>
[Reentrant, GrainType("sign-in")]
public sealed class SignInGrain : Grain, ISignInGrain, IRemindable
{
    private const string ExpiryReminder = "expiry";

    // Silos' clocks may differ a little.
    private static readonly TimeSpan HandoffMargin = TimeSpan.FromMinutes(1);

    private readonly InFlightCalls _calls;
    private readonly GrainRecordStore<SignInRecord> _store;
    private readonly SignInFlow _flow;
    private readonly SignInFactory _factory;
    private readonly TimeProvider _timeProvider;

    public SignInGrain(IGrainContext context, SignInFactory factory, InFlightCalls calls, TimeProvider timeProvider)
    {
        (_factory, _calls, _timeProvider) = (factory, calls, timeProvider);
        _store = new GrainRecordStore<SignInRecord>(context, GrainStorageNames.SignIns);
        _flow = factory.Create(this.GetPrimaryKeyString(), GrainFactory.Session, _store);
    }

    public Task<bool> IsServingAsync(Guid callId) => Task.FromResult(_calls.Contains(callId));

    public async Task<Result<SignInStarted>> BeginAsync(SignInRequest request, CancellationToken cancellationToken)
    {
        try
        {
            // If no caller ever returns, the reminder deletes the record.
            await this.RegisterOrUpdateReminder(
                ExpiryReminder,
                _factory.PendingLifetime + HandoffMargin,
                TimeSpan.FromMinutes(10),
                cancellationToken
            );
        }
        catch (Exception e) when (GrainRecordStore<SignInRecord>.IsUnavailable(e))
        {
            return SharedRejections.StorageUnavailable("The sign-in was not started");
        }

        return await _flow.BeginAsync(request, cancellationToken);
    }

    public Task<SignInOutcome> CompleteAsync(SignInCallback callback, CancellationToken cancellationToken) =>
        _flow.CompleteAsync(callback, cancellationToken);

    public Task<Result<OpenedSession>> ExchangeAsync(string handoffSecret, string clientId, CancellationToken cancellationToken) =>
        _flow.ExchangeAsync(handoffSecret, clientId, cancellationToken);

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var state = this.GetPrimaryKeyString();
        var stored = await _store.LoadAsync(state, CancellationToken.None);
        if (stored is { Record: var record, Version: var version })
        {
            var end = record.HandoffExpiresAt > record.ExpiresAt ? record.HandoffExpiresAt.Value : record.ExpiresAt;
            if (end + HandoffMargin > _timeProvider.GetUtcNow())
                return;
            // A session that nobody fetched ends now, also if its account has left memory. Not while the store is away: next time.
            if (
                record.Session is { } session
                && await GrainFactory.Session(session.Account.Id).MaintainAsync(CancellationToken.None) is not null
            )
                return;
            await _store.TryDeleteAsync(state, version, CancellationToken.None);
        }

        if (await this.GetReminder(ExpiryReminder) is { } reminder)
            await this.UnregisterReminder(reminder);
        DeactivateOnIdle();
    }
}
