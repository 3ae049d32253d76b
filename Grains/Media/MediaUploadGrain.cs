using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Grains.Engine;
using OrleansTwitterProxy.Grains.Interfaces.Media;

namespace OrleansTwitterProxy.Grains.Media;

/// <summary>
/// Hosts one <see cref="MediaUpload"/>. Reentrant: segments go to X side by side, and the object guards itself. A reminder brings it back
/// after its silo died, to finish what is at X, and in the end to forget it.
/// </summary>
[Reentrant, GrainType("media-upload")]
public sealed class MediaUploadGrain : Grain, IMediaUploadGrain, IRemindable, IIncomingGrainCallFilter
{
    private const string CareReminder = "care";
    private static readonly TimeSpan CarePeriod = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BusyPeriod = TimeSpan.FromSeconds(30);

    private readonly CallsAtHand _calls = new();
    private readonly MediaUpload _upload;
    private IGrainTimer? _busy;

    public MediaUploadGrain(IGrainContext context, MediaUploadFactory factory, IEngine engine) =>
        _upload = factory.Create(this.GetPrimaryKeyString(), engine, new GrainRecordStore<UploadRecord>(context, GrainStorageNames.Uploads));

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _upload.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _upload.Dispose();
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await _calls.InvokeAsync(context);
        StayWhileBusy();
    }

    public Task<bool> IsServingAsync(Guid callId) => Task.FromResult(_calls.Contains(callId));

    public async Task<Answer<UploadSnapshot>> CreateAsync(NewUpload upload, CancellationToken cancellationToken)
    {
        try
        {
            await this.RegisterOrUpdateReminder(CareReminder, CarePeriod, CarePeriod);
        }
        catch (Exception e) when (GrainRecordStore<UploadRecord>.IsUnavailable(e))
        {
            return new Rejection(RejectionReason.StorageUnavailable, "The proxy's storage does not answer. Nothing was begun; call again.", TimeSpan.FromSeconds(1));
        }

        return await _upload.CreateAsync(upload, cancellationToken);
    }

    public Task<Answer<UploadSnapshot>> GetProgressAsync(UploadCaller caller, CancellationToken cancellationToken) => _upload.GetProgressAsync(caller, cancellationToken);

    public Task<Answer<UploadSnapshot>> WaitForProgressAsync(UploadCaller caller, string knownStamp, TimeSpan atMost, CancellationToken cancellationToken) =>
        _upload.WaitForProgressAsync(caller, knownStamp, atMost, cancellationToken);

    public Task<Answer<UploadSnapshot>> TakeOverAsync(UploadCaller caller, string writerId, long offset, CancellationToken cancellationToken) =>
        _upload.TakeOverAsync(caller, writerId, offset, cancellationToken);

    public Task<Answer<UploadSnapshot>> WriteAsync(UploadPiece piece, CancellationToken cancellationToken) => _upload.WriteAsync(piece, cancellationToken);

    public Task<Rejection?> TerminateAsync(UploadCaller caller, CancellationToken cancellationToken) => _upload.TerminateAsync(caller, cancellationToken);

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (!await _upload.CareAsync()) return;
        try
        {
            if (await this.GetReminder(CareReminder) is { } reminder) await this.UnregisterReminder(reminder);
        }
        catch (Exception e) when (GrainRecordStore<UploadRecord>.IsUnavailable(e))
        {
            // It comes again, finds nothing to do, and is forgotten then.
        }

        DeactivateOnIdle();
    }

    // X takes its time over a video, and nobody need ask meanwhile: the timer keeps the activation, and goes when there is nothing left.
    private void StayWhileBusy()
    {
        if (!_upload.IsBusy || _busy is not null) return;
        _busy = this.RegisterGrainTimer(
            () =>
            {
                if (_upload.IsBusy) return Task.CompletedTask;
                _busy?.Dispose();
                _busy = null;
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions { DueTime = BusyPeriod, Period = BusyPeriod, KeepAlive = true, Interleave = true });
    }
}
