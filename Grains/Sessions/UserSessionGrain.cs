using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Grains.Sessions;

/// <summary>
/// Hosts one account's <see cref="UserSession"/>. Reentrant: calls wait for X in parallel, and the object synchronizes itself.
/// </summary>
[Reentrant, GrainType("user-session")]
public sealed class UserSessionGrain : Grain, IUserSessionGrain, IRemindable
{
    private const string RevocationReminder = "revocation";
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1); // the minimum that Orleans allows

    private readonly InFlightCalls _calls;
    private readonly UserSessionOptions _options;
    private readonly UserSession _session;

    public UserSessionGrain(IGrainContext context, UserSessionFactory factory, IOptions<UserSessionOptions> options, InFlightCalls calls)
    {
        (_options, _calls) = (options.Value, calls);
        _session = factory.Create(
            this.GetPrimaryKeyString(),
            new GrainRecordStore<SessionRecord>(context, GrainStorageNames.Sessions),
            new GrainRecordStore<IdempotencyRecord>(context, GrainStorageNames.KeyedWrites),
            GrainFactory.Upload
        );
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(
            _session.MaintainAsync,
            new GrainTimerCreationOptions
            {
                DueTime = _options.MaintenanceInterval,
                Period = _options.MaintenanceInterval,
                Interleave = true,
            }
        );
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // A refresh in flight spends a single-use token, so deactivation waits for it as long as the silo allows.
        await _session
            .FlushAsync(reason.ReasonCode is DeactivationReasonCode.ShuttingDown)
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _session.Dispose();
    }

    public Task<bool> IsServingAsync(Guid callId) => Task.FromResult(_calls.Contains(callId));

    public Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        _session.SendAsync(request, cancellationToken);

    public Task<Rejection?> OpenAsync(NewSession session, CancellationToken cancellationToken) =>
        _session.OpenAsync(session, cancellationToken);

    public Task<Result<SessionSnapshot>> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        _session.GetAsync(sessionId, cancellationToken);

    public Task<Result<SessionSnapshot>> RefreshAsync(string sessionId, CancellationToken cancellationToken) =>
        _session.RefreshAsync(sessionId, cancellationToken);

    public Task<Result<LimitsSnapshot>> GetLimitsAsync(string sessionId, CancellationToken cancellationToken) =>
        _session.GetLimitsAsync(sessionId, cancellationToken);

    public Task<Result<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken) =>
        _session.DryRunAsync(request, cancellationToken);

    public Task<Rejection?> ReserveUploadAsync(UploadReservation reservation, CancellationToken cancellationToken) =>
        _session.ReserveUploadAsync(reservation, cancellationToken);

    public Task<Rejection?> ReleaseUploadAsync(string uploadId, CancellationToken cancellationToken) =>
        _session.ReleaseUploadAsync(uploadId, cancellationToken);

    public Task<Result<SessionSnapshot>> HandOverAsync(string sessionId, CancellationToken cancellationToken) =>
        _session.HandOverAsync(sessionId, cancellationToken);

    public Task<Result<SignOutResult>> SignOutAsync(string sessionId, bool everySession, CancellationToken cancellationToken) =>
        RemindedAsync(() => _session.SignOutAsync(sessionId, everySession, cancellationToken), cancellationToken);

    public Task<Result<AccountSessionList>> ListSessionsAsync(CancellationToken cancellationToken) =>
        _session.ListSessionsAsync(cancellationToken);

    public Task<Result<EndedSessions>> EndSessionsAsync(string? session, CancellationToken cancellationToken) =>
        RemindedAsync(() => _session.EndSessionsAsync(session, cancellationToken), cancellationToken);

    public Task<Result<ErasedAccount>> EraseAsync(CancellationToken cancellationToken) =>
        RemindedAsync(() => _session.EraseAsync(cancellationToken), cancellationToken);

    public Task<Rejection?> MaintainAsync(CancellationToken cancellationToken) => _session.MaintainAsync(cancellationToken);

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await _session.MaintainAsync();
        await ForgetReminderUnlessNeededAsync();
    }

    /// <summary>
    /// Ends sessions, with the reminder registered first: if this silo dies in between, the reminder activates the account on another silo,
    /// which finishes it. Expired sessions need no reminder: the sweep finds what is left of them.
    /// </summary>
    private async Task<Result<T>> RemindedAsync<T>(Func<Task<Result<T>>> end, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            await this.RegisterOrUpdateReminder(RevocationReminder, ReminderPeriod, ReminderPeriod, cancellationToken);
        }
        catch (Exception e) when (GrainRecordStore<SessionRecord>.IsUnavailable(e))
        {
            return SharedRejections.StorageUnavailable("No session was signed out");
        }

        var result = await end();
        if (result.Value is not null)
            await ForgetReminderUnlessNeededAsync();
        return result;
    }

    private async Task ForgetReminderUnlessNeededAsync()
    {
        try
        {
            if (!_session.IsUnfinished && await this.GetReminder(RevocationReminder) is { } reminder)
                await this.UnregisterReminder(reminder);
        }
        catch (Exception e) when (GrainRecordStore<SessionRecord>.IsUnavailable(e))
        {
            // The reminder fires again in a minute, finds nothing to do, and is removed then.
        }
    }
}
