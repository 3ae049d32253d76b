using OrleansTwitterProxy.Core.Concurrency;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// One upload, as its grain hosts it: who may call, and what callers see. <see cref="UploadCreation"/>, <see cref="UploadReception"/> and
/// <see cref="UploadCompletion"/> do the work, one after the other. State changes are short synchronous sections and saves of the record,
/// so it is correct under Orleans' reentrant turns and under plain threads alike.
/// </summary>
public sealed class MediaUpload : IMediaUpload, IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SessionCheck = TimeSpan.FromSeconds(1); // how soon a wait ends with its session

    private readonly SessionLocator _sessions;
    private readonly UploadJournal _journal;
    private readonly UploadPlace _place;
    private readonly UploadCreation _creation;
    private readonly UploadReception _reception;
    private readonly UploadCompletion _completion;
    private readonly ChangeSignal _changed;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _lifetime;
    private int _calls;

    /// <param name="sessions">Where a caller's session is found.</param>
    /// <param name="journal">The upload's record.</param>
    /// <param name="place">Its place among the unfinished ones.</param>
    /// <param name="creation">Begins it.</param>
    /// <param name="reception">Takes its bytes.</param>
    /// <param name="completion">Ends it.</param>
    /// <param name="changed">What the three raise when there is something new to see.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="lifetime">Cancelled, and disposed of, when the upload leaves memory.</param>
    internal MediaUpload(
        SessionLocator sessions,
        UploadJournal journal,
        UploadPlace place,
        UploadCreation creation,
        UploadReception reception,
        UploadCompletion completion,
        ChangeSignal changed,
        TimeProvider timeProvider,
        CancellationTokenSource lifetime
    )
    {
        (_sessions, _journal, _place, _creation) = (sessions, journal, place, creation);
        (_reception, _completion) = (reception, completion);
        (_changed, _timeProvider, _lifetime) = (changed, timeProvider, lifetime);
    }

    /// <summary>Whether something is under way: such an upload may not leave memory.</summary>
    public bool IsBusy => Volatile.Read(ref _calls) > 0 || _completion.IsUnderWay;

    public Task<Result<UploadSnapshot>> CreateAsync(NewUpload upload, CancellationToken cancellationToken) =>
        GuardAsync(
            upload.Caller,
            async () =>
            {
                if (_journal.Current is { } known)
                    return known.AccountId == upload.Caller.AccountId ? Snapshot(known) : UploadRejections.NotFound();
                var begun = await _creation.BeginAsync(upload, cancellationToken);
                // The account may have been erased while X was asked: nobody would look for this record.
                if (begun.Value is null || await RefuseAsync(upload.Caller, CancellationToken.None) is not { } ended)
                    return Snapshot(begun);
                if (ended.Reason is RejectionReason.SessionEnded)
                    await ForgetAsync();
                return ended;
            },
            cancellationToken
        );

    public Task<Result<UploadSnapshot>> GetProgressAsync(UploadCaller caller, CancellationToken cancellationToken) =>
        WithRecordAsync(caller, record => Task.FromResult<Result<UploadSnapshot>>(Snapshot(record)), cancellationToken);

    public Task<Result<UploadSnapshot>> WaitForProgressAsync(
        UploadCaller caller,
        string knownStamp,
        TimeSpan atMost,
        CancellationToken cancellationToken
    ) =>
        WithRecordAsync(
            caller,
            async _ =>
            {
                using var enough = new CancellationTokenSource(atMost < LongestWait ? atMost : LongestWait, _timeProvider);
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enough.Token, _lifetime.Token);
                while (true)
                {
                    var change = _changed.Next; // before looking: what changes meanwhile is not missed
                    if (_journal.Current is not { } record)
                        return UploadRejections.NotFound();
                    var snapshot = Snapshot(record);
                    if (snapshot.Stamp != knownStamp || snapshot.HasEnded)
                        return snapshot;
                    cancellationToken.ThrowIfCancellationRequested(); // never a snapshot: the caller would ask again
                    if (linked.IsCancellationRequested)
                        return snapshot;
                    await change
                        .WaitAsync(SessionCheck, _timeProvider, linked.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                    if (await RefuseAsync(caller, CancellationToken.None) is { } ended)
                        return ended;
                }
            },
            cancellationToken
        );

    public Task<Result<UploadSnapshot>> TakeOverAsync(
        UploadCaller caller,
        string writerId,
        long offset,
        CancellationToken cancellationToken
    ) => WithRecordAsync(caller, async record => Snapshot(await _reception.TakeOverAsync(record, writerId, offset)), cancellationToken);

    public async Task<Rejection?> WaitForTakeOverAsync(UploadCaller caller, string writerId, CancellationToken cancellationToken)
    {
        var (_, rejection) = await WithRecordAsync(
            caller,
            async record =>
            {
                if (_reception.StoppedOf(writerId) is not { } takenOver)
                    return UploadReception.Locked();
                using var enough = new CancellationTokenSource(LongestWait, _timeProvider);
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(
                    cancellationToken,
                    enough.Token,
                    takenOver,
                    _lifetime.Token
                );
                while (!linked.IsCancellationRequested)
                {
                    await Task.Delay(SessionCheck, _timeProvider, linked.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                    if (!linked.IsCancellationRequested && await RefuseAsync(caller, CancellationToken.None) is { } ended)
                        return ended;
                }

                cancellationToken.ThrowIfCancellationRequested();
                // One that leaves memory has no writer any more, which ends nobody's request.
                return takenOver.IsCancellationRequested && !_lifetime.IsCancellationRequested
                    ? UploadReception.Locked()
                    : Snapshot(record);
            },
            cancellationToken
        );
        return rejection;
    }

    public Task<Result<UploadSnapshot>> WriteAsync(UploadPiece piece, CancellationToken cancellationToken) =>
        WithRecordAsync(
            piece.Caller,
            async record =>
            {
                var received = Snapshot(await _reception.ReceiveAsync(record, piece, cancellationToken));
                if (_journal.Current is { State: not UploadState.Receiving } ended)
                    await GiveBackPlaceAsync(ended);
                return received;
            },
            cancellationToken
        );

    public async Task<Rejection?> TerminateAsync(UploadCaller caller, CancellationToken cancellationToken)
    {
        var (_, rejection) = await WithRecordAsync(
            caller,
            async record =>
            {
                await ForgetAsync();
                return Snapshot(record);
            },
            cancellationToken
        );
        return rejection;
    }

    public async Task<Rejection?> DiscardAsync(string accountId, CancellationToken cancellationToken)
    {
        try
        {
            await _journal.LoadAsync(cancellationToken);
            if (_journal.Current?.AccountId == accountId)
                await ForgetAsync();
            return null;
        }
        catch (StoreUnavailableException)
        {
            return SharedRejections.StorageUnavailable();
        }
    }

    /// <summary>What the host's clock calls: goes on with what an earlier process left unfinished, forgets what has expired.</summary>
    /// <returns>Whether there is nothing left to care for.</returns>
    public async Task<bool> MaintainAsync()
    {
        try
        {
            await _journal.LoadAsync(_lifetime.Token);
            var isOver = _journal.Current is { } record && record.ExpiresAt <= _timeProvider.GetUtcNow() && !IsBusy;
            if (_journal.Current is { } current && (isOver || current.State is not UploadState.Receiving))
                await GiveBackPlaceAsync(current);
            if (isOver)
                await _journal.ExpireAsync();

            _completion.Wake();
            return _journal.Current is null && !IsBusy; // one that is being created has no record yet
        }
        catch (StoreUnavailableException)
        {
            return false; // next round
        }
    }

    /// <summary>The object leaves memory: what is under way is ended, to be taken up again by the next activation.</summary>
    public async Task StopAsync()
    {
        await _lifetime.CancelAsync();
        await _reception.StopAsync();
        await _completion.Flight;
    }

    public void Dispose()
    {
        _lifetime.Dispose();
        _reception.Dispose();
        _journal.Dispose();
    }

    private Task GiveBackPlaceAsync(UploadRecord record) => _place.GiveBackAsync(record.AccountId, record.ClientId);

    private Task<Result<UploadSnapshot>> WithRecordAsync(
        UploadCaller caller,
        Func<UploadRecord, Task<Result<UploadSnapshot>>> then,
        CancellationToken cancellationToken
    ) =>
        GuardAsync(
            caller,
            async () =>
            {
                if (_journal.Current is not { } record || record.AccountId != caller.AccountId)
                    return UploadRejections.NotFound();
                if (record.ExpiresAt <= _timeProvider.GetUtcNow())
                    return UploadRejections.Forgotten();
                _completion.Wake(caller.SessionId);
                return await then(record);
            },
            cancellationToken
        );

    private async Task ForgetAsync()
    {
        await _reception.StopAsync();
        if (_journal.Current is { } record)
            await GiveBackPlaceAsync(record); // before the record is gone: who dies in between is asked to delete it again
        await _journal.UpdateAsync(_ => null, CancellationToken.None);
        _changed.Raise();
    }

    // The one gate of every call: its session must be live.
    private async Task<Result<UploadSnapshot>> GuardAsync(
        UploadCaller caller,
        Func<Task<Result<UploadSnapshot>>> then,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _calls);
        try
        {
            if (await RefuseAsync(caller, cancellationToken) is { } ended)
                return ended;
            await _journal.LoadAsync(cancellationToken);
            return await then();
        }
        catch (StoreUnavailableException)
        {
            return SharedRejections.StorageUnavailable();
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private async Task<Rejection?> RefuseAsync(UploadCaller caller, CancellationToken cancellationToken) =>
        (await _sessions(caller.AccountId).GetAsync(caller.SessionId, cancellationToken)).Rejection;

    private Result<UploadSnapshot> Snapshot(Result<UploadRecord> result) =>
        result.Value is { } record ? Snapshot(record) : result.Rejection!;

    private UploadSnapshot Snapshot(UploadRecord record) =>
        record.ToSnapshot(_reception.ReceivedUpTo, _reception.Pace, _completion.Trouble, _timeProvider.GetUtcNow());
}
