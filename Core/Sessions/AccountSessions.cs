using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>The sessions of an account: how they begin, are given a newer token, and end. For accounts whose record is loaded.</summary>
internal sealed class AccountSessions(
    string accountId,
    SessionJournal journal,
    AccountTokens tokens,
    GrantRevocation revocation,
    AccountWindows windows,
    AccountQueue queue,
    TimeProvider timeProvider
)
{
    /// <summary>Begins a session. Durable on return; loads the record if need be, for a sign-in may be the account's first.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<SessionRecord> OpenAsync(NewSession session, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var record = await journal.UpdateAsync(current => current.Open(accountId, session, now), cancellationToken);
        windows.CountSignIn();
        return record!;
    }

    /// <summary>Replaces the account's token now, joining a refresh under way.</summary>
    /// <returns>The session with the newer token saved; or why there is none, or SessionEnded.</returns>
    public async Task<Result<SessionSnapshot>> RefreshAsync(string sessionId, CancellationToken cancellationToken)
    {
        if (await tokens.RefreshAsync(cancellationToken) is { } rejection)
            return rejection;
        // Read anew: the session may have been signed out while its account was refreshed.
        return journal.Current is { } now && now.FindSession(sessionId) is { } live ? now.Snapshot(live) : SharedRejections.SessionEnded();
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
    /// Ends a session, or all of the account's, and with it what waits for it in the queue. Durable on return; with the last one, X is told
    /// to revoke the grant.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<SignOutResult> SignOutAsync(string sessionId, bool everySession, CancellationToken cancellationToken)
    {
        var left = await journal.UpdateAsync(record => GrantRevocation.End(record, sessionId, everySession), cancellationToken);
        queue.EndSessions(waiting => left?.FindSession(waiting) is not null);
        if (left is { Sessions.Count: > 0 })
            return new(left.Sessions.Count, RevokedAtX: false);
        // Not under the caller's token: the sessions have ended, and X must be told whoever still listens.
        return new(0, await revocation.RevokeAsync());
    }
}
