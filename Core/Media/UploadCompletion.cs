using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Concurrency;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// From the last segment to media that can be attached: finalize, wait while X processes, tell the alternative text. One flight, which no
/// caller can end; what it knows is in the record, so that another process can take it up at any step.
/// </summary>
internal sealed partial class UploadCompletion(
    string uploadId,
    UploadJournal journal,
    Func<string, MediaAtTwitter> at,
    ChangeSignal changed,
    MediaOptions options,
    TimeProvider timeProvider,
    ILogger logger,
    CancellationToken lifetime
)
{
    private static readonly TimeSpan MediaLifetime = TimeSpan.FromHours(24); // X's own, where its answer does not say

    /// <summary>Between attempts that fail: X counts each of them, and a missing permission may take a day to mend.</summary>
    internal static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    internal static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    /// <summary>How long X may refuse to tell of what it was processing.</summary>
    internal static readonly TimeSpan RefusedForGood = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Backoff _backoff = new(FirstRetry, LongestRetry);
    private readonly ChangeSignal _called = new();
    private readonly HashSet<string> _tried = []; // sessions that may not call X, since something last came of it
    private string? _session; // the one that calls X in the place of the record's
    private DateTimeOffset? _refusedSince; // by X, the status of what it was processing
    private bool _inDoubt; // whether X may have finalized it already: for an earlier process, or an answer that was lost or not saved

    /// <summary>The flight under way, or the last one. Never throws.</summary>
    public Task Flight { get; private set; } = Task.CompletedTask;

    public bool IsUnderWay => !Flight.IsCompleted;

    /// <summary>What holds the flight up at present.</summary>
    public Rejection? Trouble { get; private set; }

    /// <summary>Starts the flight if the record, as this activation wrote it, has come to that.</summary>
    public void Begin() => Start(resumed: false);

    /// <summary>
    /// Starts the flight if an earlier activation left the record there. Costs nothing when one is under way or none is needed.
    /// </summary>
    /// <param name="sessionId">Of the account, and calling now: it goes on where the session that sent the last byte may no longer.</param>
    public void Wake(string? sessionId = null)
    {
        Start(resumed: true);
        if (sessionId is null || Trouble is not { } trouble || !IsOfSession(trouble))
            return;
        lock (_lock)
        {
            if (sessionId == _session || _tried.Contains(sessionId))
                return;
            _session = sessionId;
        }

        _called.Raise();
    }

    /// <summary>The upload comes to nothing.</summary>
    /// <returns>The reason given.</returns>
    public async Task<Rejection> FailAsync(Rejection rejection)
    {
        await UpdateAsync(record => record with { State = UploadState.Failed, Error = UploadError.Of(rejection), InHand = [] });
        LogFailed(logger, uploadId, rejection.Reason);
        return rejection;
    }

    private void Start(bool resumed)
    {
        if (!IsNeeded(journal.Current) || IsUnderWay)
            return;
        lock (_lock)
        {
            if (IsUnderWay || lifetime.IsCancellationRequested)
                return;
            _inDoubt |= resumed;
            Flight = RunAsync();
        }
    }

    private static bool IsNeeded(UploadRecord? record) => record is { State: UploadState.Finalizing or UploadState.Processing };

    private async Task RunAsync()
    {
        await Task.Yield(); // the lock is let go of before anything is done
        try
        {
            while (journal.Current is { } record && IsNeeded(record))
            {
                var called = _called.Next; // before the step: who calls meanwhile is not missed
                var wait = await StepAsync(record with { SessionId = _session ?? record.SessionId });
                if (wait <= TimeSpan.Zero)
                    continue;
                await called
                    .WaitAsync(wait, timeProvider, lifetime)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                lifetime.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // Leaving memory: the record says how to go on.
        }
        catch (Exception e)
        {
            LogBroken(logger, e, uploadId); // the next that asks, or the next round of care, begins anew
        }
    }

    /// <returns>How long to wait before the next step.</returns>
    private async Task<TimeSpan> StepAsync(UploadRecord record)
    {
        try
        {
            var now = timeProvider.GetUtcNow();
            if (record.ExpiresAt <= now)
                return await EndAsync(UploadRejections.Forgotten());
            if (record.State is UploadState.Finalizing)
                return await FinalizeAsync(record);
            if (record.IsReady)
                return await DescribeAsync(record);
            if (now - record.ProcessingSince > options.ProcessingTimeout)
            {
                return await EndAsync(
                    new(RejectionReason.UpstreamTimeout, $"X has not finished processing within {options.ProcessingTimeout}.")
                );
            }

            return record.CheckAt > now ? record.CheckAt.Value - now : await CheckAsync(record);
        }
        catch (StoreUnavailableException)
        {
            return _backoff.Next();
        }
    }

    private async Task<TimeSpan> FinalizeAsync(UploadRecord record)
    {
        var result = await at(record.AccountId).FinalizeAsync(record, lifetime);
        _inDoubt |= result.WasDoubtful || result.Answer is not null; // what X has taken has yet to be saved
        if (result.Answer is null && result.IsFinal && _inDoubt)
        {
            // It may have been finalized by the attempt whose answer was lost: X tells of one that is being processed. A refusal of the
            // status proves nothing: X refuses that of a finished image too.
            var status = await at(record.AccountId).GetStatusAsync(record, lifetime);
            if (status is { Answer: null, IsFinal: true })
                return await EndAsync(
                    UploadRejections.InDoubt(record.MediaId, $"X did not finish its answer, and refuses the repetition: {result.Said}")
                );
            result = status;
        }

        return result.Answer is { } answer ? await TakeUpAsync(record, answer) : await HoldUpAsync(record, result);
    }

    private async Task<TimeSpan> CheckAsync(UploadRecord record)
    {
        var result = await at(record.AccountId).GetStatusAsync(record, lifetime);
        if (result.Answer is { } answer)
            return await TakeUpAsync(record, answer);
        // One refusal of the status proves nothing; X told of processing before, and may again.
        if (!result.IsFinal)
            return await HoldUpAsync(record, result);
        _refusedSince ??= timeProvider.GetUtcNow();
        return timeProvider.GetUtcNow() - _refusedSince < RefusedForGood
            ? Hold(result.Rejection!)
            : await EndAsync(UploadRejections.InDoubt(record.MediaId, $"X no longer tells how far it is: {result.Said}"));
    }

    private async Task<TimeSpan> TakeUpAsync(UploadRecord record, TwitterMediaResponse answer)
    {
        var now = timeProvider.GetUtcNow();
        var expiresAt =
            record.State is UploadState.Processing && answer.ExpiresAfter is null
                ? record.ExpiresAt
                : now + (answer.ExpiresAfter ?? MediaLifetime);
        switch (answer.Processing)
        {
            case { State: "failed" } or { State: not "succeeded", Error: not null }:
                return await EndAsync(
                    new(
                        RejectionReason.MediaRejected,
                        $"X could not process the media: {answer.Processing.Error?.TrimEnd('.') ?? "it does not say why"}."
                    )
                );
            case null or { State: "succeeded" }:
                await UpdateAsync(current =>
                    current with
                    {
                        SessionId = record.SessionId,
                        State = record.AltText is null ? UploadState.Succeeded : UploadState.Processing,
                        IsReady = true,
                        ProcessingPercent = 100,
                        ProcessingSince = current.ProcessingSince ?? now,
                        CheckAt = null,
                        ExpiresAt = expiresAt,
                    }
                );
                return TimeSpan.Zero;
            case var working:
                await UpdateAsync(current =>
                    current with
                    {
                        SessionId = record.SessionId,
                        State = UploadState.Processing,
                        ProcessingPercent = working.Percent ?? current.ProcessingPercent,
                        ProcessingSince = current.ProcessingSince ?? now,
                        CheckAt = now + working.CheckAfter,
                        ExpiresAt = expiresAt,
                    }
                );
                return working.CheckAfter;
        }
    }

    private async Task<TimeSpan> DescribeAsync(UploadRecord record)
    {
        var result = await at(record.AccountId).DescribeAsync(record, record.AltText!, lifetime);
        var isLate = timeProvider.GetUtcNow() - record.ProcessingSince > options.ProcessingTimeout;
        if (result is { Rejection: { } held, IsFinal: false } && (held.RetryAfter is not null || IsOfSession(held)) && !isLate)
            return await HoldUpAsync(record, result);
        // The media is there all the same: whoever attaches it may want to know that it is not described.
        var error = result.Rejection is { } rejection
            ? UploadError.Of(
                new(
                    rejection.Reason,
                    $"The media can be attached, but X did not take its alternative text: {result.Said ?? rejection.Detail}"
                )
            )
            : null;
        await UpdateAsync(current => current with { State = UploadState.Succeeded, Error = error });
        return TimeSpan.Zero;
    }

    // What the user, the operator or X can mend is waited for, another session of the account included; the rest is the end.
    private async Task<TimeSpan> HoldUpAsync(UploadRecord record, MediaResult result)
    {
        var rejection = result.Rejection!;
        if (result.IsFinal)
            return await EndAsync(rejection);
        if (IsOfSession(rejection))
        {
            lock (_lock)
            {
                _tried.Add(record.SessionId);
                if (_session == record.SessionId)
                    _session = null; // the record's own may have been mended by a sign-in
            }
        }

        return Hold(rejection);
    }

    private static bool IsOfSession(Rejection rejection) =>
        rejection.Reason is RejectionReason.SessionEnded or RejectionReason.ReconnectNeeded or RejectionReason.ScopeMissing;

    private TimeSpan Hold(Rejection rejection)
    {
        Trouble = rejection;
        changed.Raise();
        return _backoff.Next(rejection.RetryAfter);
    }

    private async Task<TimeSpan> EndAsync(Rejection rejection)
    {
        await FailAsync(rejection);
        return TimeSpan.Zero;
    }

    private async Task UpdateAsync(Func<UploadRecord, UploadRecord> change)
    {
        await journal.AdvanceAsync(change);
        (Trouble, _refusedSince) = (null, null);
        _backoff.Reset();
        lock (_lock)
            _tried.Clear();
        changed.Raise();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Upload {UploadId} could not be completed; trying again later")]
    private static partial void LogBroken(ILogger logger, Exception exception, string uploadId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Upload {UploadId} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string uploadId, RejectionReason reason);
}
