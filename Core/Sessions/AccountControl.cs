using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What operators do with an account. For accounts whose record is loaded.</summary>
internal sealed partial class AccountControl(
    string accountId,
    SessionJournal journal,
    SessionLifetimes lifetimes,
    AccountSessions sessions,
    AccountErasure erasure,
    GrantRevocation revocation,
    AccountAudit audit,
    ILogger logger
)
{
    /// <summary>The sessions that live.</summary>
    public AccountSessionList List() =>
        journal.Current is { } record
            ? new(record.Username, [.. record.Sessions.Where(session => !lifetimes.HasExpired(session)).Select(EntryOf)])
            : new(null, []);

    /// <summary>Ends the session with this short id, or all.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<EndedSessions> EndAsync(string? shortId, CancellationToken cancellationToken)
    {
        var (ended, left) = await sessions.EndAsync(
            (_, session) => shortId is null || SessionEntry.ShortIdOf(session) == shortId,
            cancellationToken
        );
        LogEnded(accountId, ended, left);
        audit.SessionsEnded(ended, left);
        return new(ended, left, left == 0 && await revocation.RevokeAsync());
    }

    /// <returns>What was done, or StorageUnavailable.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<Result<ErasedAccount>> EraseAsync(CancellationToken cancellationToken)
    {
        var (erased, rejection) = await erasure.EraseAsync(cancellationToken);
        if (erased is null)
            return rejection!;
        LogErased(accountId, erased.SessionsEnded, erased.KeyedWritesDeleted, erased.UploadsDeleted);
        return erased with { RevokedAtX = await revocation.RevokeAsync() };
    }

    private SessionEntry EntryOf(LiveSession session) =>
        new()
        {
            Id = SessionEntry.ShortIdOf(session),
            ClientId = session.ClientId,
            Scopes = [.. session.Scopes],
            CreatedAt = session.CreatedAt,
            LastUsedAt = lifetimes.LastUsedAt(session),
            ExpiresAt = lifetimes.ExpiresAt(session),
            IdleExpiresAt = lifetimes.IdleExpiresAt(session),
            HandoverBy = session.HandoverBy,
        };

    [LoggerMessage(Level = LogLevel.Information, Message = "Account {AccountId}: an operator ended {Ended} sessions; {Left} are left")]
    private partial void LogEnded(string accountId, int ended, int left);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Account {AccountId}: an operator erased it, with {Sessions} sessions, {KeyedWrites} keyed writes and {Uploads} uploads"
    )]
    private partial void LogErased(string accountId, int sessions, int keyedWrites, int uploads);
}
