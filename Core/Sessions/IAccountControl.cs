using Orleans;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// What operators and the proxy's own maintenance do with an account, without a session of it. Every method may return
/// <see cref="RejectionReason.StorageUnavailable"/>, is idempotent, and may be repeated.
/// </summary>
[Alias("otp.IAccountControl")]
public interface IAccountControl
{
    /// <summary>
    /// A round of maintenance: ends expired sessions, finishes an erasure, tells X about revocations. Sessions that have ended are so
    /// durably on return, whether or not X could be asked.
    /// </summary>
    /// <returns>Null, or StorageUnavailable.</returns>
    [Alias("Maintain")]
    Task<Rejection?> MaintainAsync(CancellationToken cancellationToken);

    /// <summary>The account's live sessions. Changes nothing, and is no use of them.</summary>
    [Alias("ListSessions")]
    Task<Result<AccountSessionList>> ListSessionsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Ends one session, or all of the account's; with the last one the grant is revoked at X. Durable on return, whether or not X could be
    /// asked.
    /// </summary>
    /// <param name="session">A session's short id, <see cref="SessionEntry.Id"/>; null for all.</param>
    /// <param name="cancellationToken">Gives up before anything is done.</param>
    [Alias("EndSessions")]
    Task<Result<EndedSessions>> EndSessionsAsync(string? session, CancellationToken cancellationToken);

    /// <summary>
    /// Erases the account: ends its sessions, deletes its keyed writes and uploads, has its grant revoked at X, and deletes its record once
    /// X has confirmed. Begun durably before anything is deleted: maintenance goes on with it after a crash.
    /// </summary>
    [Alias("Erase")]
    Task<Result<ErasedAccount>> EraseAsync(CancellationToken cancellationToken);
}

/// <summary>The live sessions of an account; no tokens.</summary>
/// <param name="Username">The account's handle at X, without the @; null when it has no session.</param>
/// <param name="Sessions">Its sessions, the oldest first.</param>
[GenerateSerializer, Immutable, Alias("otp.AccountSessionList")]
public sealed record AccountSessionList([property: Id(0)] string? Username, [property: Id(1)] SessionEntry[] Sessions);

/// <summary>One session as operators see it.</summary>
[GenerateSerializer, Immutable, Alias("otp.SessionEntry")]
public sealed record SessionEntry
{
    /// <summary>Length of <see cref="Id"/>.</summary>
    public const int IdLength = 12;

    /// <summary>The first 12 characters of the session's id. Opens nothing.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>The client that holds it.</summary>
    [Id(1)]
    public required string ClientId { get; init; }

    [Id(2)]
    public required string[] Scopes { get; init; }

    [Id(3)]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// Exact while the account is in memory and after a stop in order; else up to an hour later than the last use.
    /// </summary>
    [Id(4)]
    public required DateTimeOffset LastUsedAt { get; init; }

    /// <summary>When it ends, however much it is used.</summary>
    [Id(5)]
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it ends if it is not used before.</summary>
    [Id(6)]
    public required DateTimeOffset IdleExpiresAt { get; init; }

    /// <summary>When it ends unless its client exchanges the hand-over code by then; null once it has.</summary>
    [Id(7)]
    public DateTimeOffset? HandoverBy { get; init; }

    internal static string ShortIdOf(LiveSession session) => session.Id.Length > IdLength ? session.Id[..IdLength] : session.Id;
}

/// <summary>What an operator's sign-out did.</summary>
/// <param name="SessionsEnded">Sessions that it ended; 0 when there was none such.</param>
/// <param name="SessionsLeft">Sessions of the account that live on.</param>
/// <param name="RevokedAtX">Whether nothing of the account is left at X; false while sessions live on, or while X cannot be
/// asked.</param>
[GenerateSerializer, Immutable, Alias("otp.EndedSessions")]
public sealed record EndedSessions(
    [property: Id(0)] int SessionsEnded,
    [property: Id(1)] int SessionsLeft,
    [property: Id(2)] bool RevokedAtX
);

/// <summary>What was erased of an account; zeros when nothing was there.</summary>
/// <param name="SessionsEnded">Sessions that it ended.</param>
/// <param name="KeyedWritesDeleted">Rows of writes with an Idempotency-Key.</param>
/// <param name="UploadsDeleted">Managed uploads.</param>
/// <param name="RevokedAtX">Whether X has confirmed the revocation; false while it is being retried. Only then is the record
/// deleted.</param>
[GenerateSerializer, Immutable, Alias("otp.ErasedAccount")]
public sealed record ErasedAccount(
    [property: Id(0)] int SessionsEnded,
    [property: Id(1)] int KeyedWritesDeleted,
    [property: Id(2)] int UploadsDeleted,
    [property: Id(3)] bool RevokedAtX
);
