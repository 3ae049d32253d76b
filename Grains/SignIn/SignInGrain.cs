using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Grains.Engine;
using OrleansTwitterProxy.Grains.Interfaces.SignIn;

namespace OrleansTwitterProxy.Grains.SignIn;

/// <summary>
/// Hosts one <see cref="SignInFlow"/>. Reentrant: of two callbacks with one state the second is told at once, and not when X has answered the
/// first. The stages are told apart by the versions of the record, not by turns.
/// </summary>
[Reentrant, GrainType("sign-in")]
public sealed class SignInGrain : Grain, ISignInGrain, IRemindable, IIncomingGrainCallFilter
{
    private const string ExpiryReminder = "expiry";

    private readonly CallsAtHand _calls = new();
    private readonly GrainRecordStore<SignInRecord> _store;
    private readonly SignInFlow _flow;
    private readonly SignInFactory _factory;

    public SignInGrain(IGrainContext context, SignInFactory factory, IEngine engine)
    {
        _factory = factory;
        _store = new GrainRecordStore<SignInRecord>(context, GrainStorageNames.SignIns);
        _flow = factory.Create(this.GetPrimaryKeyString(), engine, _store);
    }

    public Task Invoke(IIncomingGrainCallContext context) => _calls.InvokeAsync(context);

    public Task<bool> IsServingAsync(Guid callId) => Task.FromResult(_calls.Contains(callId));

    public async Task<Answer<SignInStarted>> BeginAsync(SignInRequest request, CancellationToken cancellationToken)
    {
        try
        {
            // Nobody may ever come back for it: the reminder forgets the record then.
            await this.RegisterOrUpdateReminder(ExpiryReminder, _factory.PendingLifetime + TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
        }
        catch (Exception e) when (GrainRecordStore<SignInRecord>.IsUnavailable(e))
        {
            return new Rejection(RejectionReason.StorageUnavailable, "The proxy's storage does not answer. Nothing was begun; call again.", TimeSpan.FromSeconds(1));
        }

        return await _flow.BeginAsync(request, cancellationToken);
    }

    public Task<SignInOutcome> CompleteAsync(SignInCallback callback, CancellationToken cancellationToken) => _flow.CompleteAsync(callback, cancellationToken);

    public Task<Answer<OpenedSession>> ExchangeAsync(string handoffSecret, string clientId, CancellationToken cancellationToken) =>
        _flow.ExchangeAsync(handoffSecret, clientId, cancellationToken);

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        var state = this.GetPrimaryKeyString();
        if (await _store.LoadAsync(state, CancellationToken.None) is { } expired) await _store.TryDeleteAsync(state, expired.Version, CancellationToken.None);
        if (await this.GetReminder(ExpiryReminder) is { } reminder) await this.UnregisterReminder(reminder);
        DeactivateOnIdle();
    }
}
