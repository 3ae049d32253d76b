using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What operators do with an account. For accounts whose record is loaded.</summary>
internal sealed class AccountControl(
    SessionJournal journal,
    SessionLifetimes lifetimes,
    AccountSessions sessions,
    AccountErasure erasure,
    GrantRevocation revocation
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
        return new(ended, left, left == 0 && await revocation.RevokeAsync());
    }

    /// <returns>What was done, or StorageUnavailable.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<Result<ErasedAccount>> EraseAsync(CancellationToken cancellationToken)
    {
        var (erased, rejection) = await erasure.EraseAsync(cancellationToken);
        return erased is null ? rejection! : erased with { RevokedAtX = await revocation.RevokeAsync() };
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
}
