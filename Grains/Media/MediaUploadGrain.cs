using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Grains.Cluster;
using OrleansTwitterProxy.Grains.Interfaces;
using OrleansTwitterProxy.Grains.Interfaces.Clients;
using OrleansTwitterProxy.Grains.Interfaces.Media;
using OrleansTwitterProxy.Grains.Storage;

namespace OrleansTwitterProxy.Grains.Media;

/// <summary>
/// Hosts one <see cref="MediaUpload"/>. Reentrant: segments are sent to X in parallel, and the object synchronizes itself. A reminder
/// activates the grain after the death of its silo, to finish the upload at X and to delete its record at the end.
/// </summary>
[Reentrant, GrainType("media-upload")]
public sealed class MediaUploadGrain : Grain, IMediaUploadGrain, IRemindable
{
    private const string MaintenanceReminder = "maintenance";
    private static readonly TimeSpan MaintenancePeriod = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BusyPeriod = TimeSpan.FromSeconds(30);

    private readonly InFlightCalls _calls;
    private readonly MediaUpload _upload;
    private IGrainTimer? _busy;

    public MediaUploadGrain(IGrainContext context, MediaUploadFactory factory, InFlightCalls calls)
    {
        _calls = calls;
        _upload = factory.Create(
            this.GetPrimaryKeyString(),
            GrainFactory.Session,
            clientId => GrainFactory.GetGrain<IClientGrain>(clientId),
            new GrainRecordStore<UploadRecord>(context, GrainStorageNames.Uploads)
        );
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _upload
            .StopAsync()
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _upload.Dispose();
    }

    public Task<bool> IsServingAsync(Guid callId) => Task.FromResult(_calls.Contains(callId));

    public async Task<Result<UploadSnapshot>> CreateAsync(NewUpload upload, CancellationToken cancellationToken)
    {
        try
        {
            await this.RegisterOrUpdateReminder(MaintenanceReminder, MaintenancePeriod, MaintenancePeriod, cancellationToken);
        }
        catch (Exception e) when (GrainRecordStore<UploadRecord>.IsUnavailable(e))
        {
            return SharedRejections.StorageUnavailable("The upload was not created");
        }

        var created = await StayingAsync(_upload.CreateAsync(upload, cancellationToken));
        if (created.Rejection is not null)
            await ReceiveReminder(MaintenanceReminder, default); // which finds nothing left, unless a record was saved, and goes
        return created;
    }

    public Task<Result<UploadSnapshot>> GetProgressAsync(UploadCaller caller, CancellationToken cancellationToken) =>
        StayingAsync(_upload.GetProgressAsync(caller, cancellationToken));

    public Task<Result<UploadSnapshot>> WaitForProgressAsync(
        UploadCaller caller,
        string knownStamp,
        TimeSpan atMost,
        CancellationToken cancellationToken
    ) => StayingAsync(_upload.WaitForProgressAsync(caller, knownStamp, atMost, cancellationToken));

    public Task<Result<UploadSnapshot>> TakeOverAsync(
        UploadCaller caller,
        string writerId,
        long offset,
        CancellationToken cancellationToken
    ) => StayingAsync(_upload.TakeOverAsync(caller, writerId, offset, cancellationToken));

    public Task<Rejection?> WaitForTakeOverAsync(UploadCaller caller, string writerId, CancellationToken cancellationToken) =>
        _upload.WaitForTakeOverAsync(caller, writerId, cancellationToken);

    public Task<Result<UploadSnapshot>> WriteAsync(UploadPiece piece, CancellationToken cancellationToken) =>
        StayingAsync(_upload.WriteAsync(piece, cancellationToken));

    public Task<Rejection?> TerminateAsync(UploadCaller caller, CancellationToken cancellationToken) =>
        _upload.TerminateAsync(caller, cancellationToken);

    public async Task<Rejection?> DiscardAsync(string accountId, CancellationToken cancellationToken)
    {
        var rejection = await _upload.DiscardAsync(accountId, cancellationToken);
        if (rejection is null)
            await ReceiveReminder(MaintenanceReminder, default); // which finds nothing left, and goes
        return rejection;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (!await _upload.MaintainAsync())
            return;
        try
        {
            if (await this.GetReminder(MaintenanceReminder) is { } reminder)
                await this.UnregisterReminder(reminder);
        }
        catch (Exception e) when (GrainRecordStore<UploadRecord>.IsUnavailable(e))
        {
            // The reminder fires again, finds nothing to do, and is removed then.
        }

        DeactivateOnIdle();
    }

    private async Task<T> StayingAsync<T>(Task<T> call)
    {
        var result = await call;
        StayWhileBusy();
        return result;
    }

    // X may process a video for minutes without a caller: the timer keeps the activation until there is nothing left to do.
    private void StayWhileBusy()
    {
        if (!_upload.IsBusy || _busy is not null)
            return;
        _busy = this.RegisterGrainTimer(
            () =>
            {
                if (_upload.IsBusy)
                    return Task.CompletedTask;
                _busy?.Dispose();
                _busy = null;
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions
            {
                DueTime = BusyPeriod,
                Period = BusyPeriod,
                KeepAlive = true,
                Interleave = true,
            }
        );
    }
}
