using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>The sessions of an account: how they begin, are given a newer token, and end. For accounts whose record is loaded.</summary>
internal sealed class AccountSessions(
    string accountId,
    SessionJournal journal,
    SessionLifetimes lifetimes,
    AccountTokens tokens,
    GrantRevocation revocation,
    AccountWindows windows,
    AccountQueue queue,
    AccountAudit audit,
    Incarnation incarnation,
    TimeProvider timeProvider
)
{
    /// <summary>Begins a session. Durable on return; loads the record if need be, for a sign-in may be the account's first.</summary>
    /// <returns>Null; or StorageUnavailable while an operator is erasing the account.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<Rejection?> OpenAsync(NewSession session, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        lifetimes.Note(session.SessionId);
        var record = await journal.UpdateAsync(
            current =>
            {
                if (current is { Erasing: true })
                    return current;
                var opened = current.Open(accountId, session, now);
                return ReferenceEquals(opened, current) ? current : opened with { Incarnation = incarnation.Id };
            },
            cancellationToken
        );
        if (record is { Erasing: true })
            return SharedRejections.StorageUnavailable("An operator is erasing this account");
        windows.CountSignIn();
        return null;
    }

    /// <summary>The session's client has it: from now on only its lifetimes end it. Durable on return.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<Result<SessionSnapshot>> HandOverAsync(string sessionId, CancellationToken cancellationToken)
    {
        var record = await journal.UpdateAsync(current => current.HandOver(sessionId), cancellationToken);
        return Snapshot(record, sessionId);
    }

    /// <summary>Replaces the account's token now, joining a refresh under way.</summary>
    /// <returns>The session with the newer token saved; or why there is none, or SessionEnded.</returns>
    public async Task<Result<SessionSnapshot>> RefreshAsync(string sessionId, CancellationToken cancellationToken)
    {
        if (await tokens.RefreshAsync(cancellationToken) is { } rejection)
            return rejection;
        // Read anew: the session may have been signed out while its account was refreshed.
        return Snapshot(journal.Current, sessionId);
    }

    /// <summary>A live session for others to see; or SessionEnded.</summary>
    public Result<SessionSnapshot> Snapshot(SessionRecord? record, string sessionId)
    {
        var (live, ended) = lifetimes.Admit(record, sessionId);
        return live is null
            ? ended!
            : record!.Snapshot(live) with
            {
                ExpiresAt = lifetimes.ExpiresAt(live),
                IdleExpiresAt = lifetimes.IdleExpiresAt(live),
            };
    }

    /// <summary>Takes a place for an upload. Durable on return.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<Rejection?> ReserveUploadAsync(UploadReservation reservation, CancellationToken cancellationToken)
    {
        Rejection? refusal = null;
        await journal.UpdateAsync(
            record =>
            {
                (var uploads, refusal) = OpenUploads.Add(
                    record?.Uploads ?? [],
                    reservation,
                    "This account",
                    $"{MediaOptions.Section}:{nameof(MediaOptions.MaxOpenPerAccount)}, {nameof(MediaOptions.MaxOpenBytesPerAccount)}",
                    timeProvider.GetUtcNow()
                );
                return uploads is null || record is null ? record : record with { Uploads = uploads };
            },
            cancellationToken
        );
        return refusal;
    }

    /// <summary>Gives an upload's place back. Durable on return.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task ReleaseUploadAsync(string uploadId, CancellationToken cancellationToken) =>
        journal.UpdateAsync(
            record =>
            {
                if (record?.Uploads is not { } open || open.All(upload => upload.Id != uploadId))
                    return record;
                OpenUpload[] left = [.. open.Where(upload => upload.Id != uploadId)];
                return record with { Uploads = left.Length > 0 ? left : null };
            },
            cancellationToken
        );

    /// <summary>
    /// Ends a session, or all that its client has on the account, and with it what waits for it in the queue. Durable on return; with the
    /// account's last one, X is told to revoke the grant.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<SignOutResult> SignOutAsync(string sessionId, bool everySession, CancellationToken cancellationToken)
    {
        var clientId = journal.Current?.FindSession(sessionId)?.ClientId;
        var (ended, left) = await EndAsync(
            (record, session) =>
                record.FindSession(sessionId) is { } own && (everySession ? session.ClientId == own.ClientId : session.Id == own.Id),
            cancellationToken
        );
        if (ended > 0)
            audit.SignedOut(clientId, ended, left);
        // Not under the caller's token: the sessions have ended, and X must be told whoever still listens.
        return new(left, left == 0 && await revocation.RevokeAsync());
    }

    /// <summary>Ends sessions, and what waits for them in the queue. Durable on return. X has yet to be told if none is left.</summary>
    /// <param name="ends">Which, by the record and the session.</param>
    /// <param name="cancellationToken">Stops waiting for earlier writes.</param>
    /// <returns>How many have ended, and how many live on.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<(int Ended, int Left)> EndAsync(Func<SessionRecord, LiveSession, bool> ends, CancellationToken cancellationToken)
    {
        var ended = 0;
        var left = await journal.UpdateAsync(
            record =>
            {
                var after = record.End(session => ends(record!, session));
                ended = (record?.Sessions.Count ?? 0) - (after?.Sessions.Count ?? 0);
                return after;
            },
            cancellationToken
        );
        queue.EndSessions(waiting => left?.FindSession(waiting) is not null);
        return (ended, left?.Sessions.Count ?? 0);
    }

    /// <summary>Ends the sessions whose time is over.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task EndExpiredAsync(CancellationToken cancellationToken)
    {
        if (journal.Current?.Sessions.Any(lifetimes.HasExpired) is true)
            await EndAsync((_, session) => lifetimes.HasExpired(session), cancellationToken);
    }
}
