using System.Text.Json.Serialization;
using Orleans;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What an account keeps across restarts. Immutable; every change is a new record saved over a named version.</summary>
public sealed record SessionRecord
{
    /// <summary>The schema this binary writes. A reader must understand this one and the one before.</summary>
    public const int CurrentSchema = 2;

    public int Schema { get; init; } = CurrentSchema;

    public required string AccountId { get; init; }

    public string Username { get; init; } = "";

    /// <summary>The tokens at hand; null once the last session has ended.</summary>
    public GrantRecord? Grant { get; init; }

    /// <summary>
    /// Set from before a refresh token is spent until the new pair is saved. Found at activation, it tells of a crash in between.
    /// </summary>
    public RefreshIntent? Intent { get; init; }

    /// <summary>The incarnation of the database in which the grant was obtained; null for the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Incarnation { get; init; }

    public IReadOnlyList<LiveSession> Sessions { get; init; } = [];

    /// <summary>Tokens that X has yet to confirm as revoked.</summary>
    public IReadOnlyList<PendingRevocation> Revocations { get; init; } = [];

    /// <summary>
    /// The windows as last known, by X's clock; written lazily: with another write, when they have come to matter, and when the account
    /// leaves memory.
    /// </summary>
    public IReadOnlyList<WindowSnapshot> Windows { get; init; } = [];

    /// <summary>What X said is used up and no window's reset brings back; null when nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<UsageCap>? Caps { get; init; }

    /// <summary>Uploads that have begun and not finished; null when none has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<OpenUpload>? Uploads { get; init; }

    /// <summary>An operator is erasing the account: nothing but its rows in the store and X's confirmation are left to wait for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Erasing { get; init; }

    /// <summary>Whether nothing is left that is worth a row.</summary>
    [JsonIgnore]
    public bool IsEmpty => this is { Sessions: [], Grant: null, Revocations: [], Erasing: false };

    public LiveSession? FindSession(string sessionId) => Sessions.FirstOrDefault(session => session.Id == sessionId);
}

/// <summary>One pair of tokens, encrypted for the account.</summary>
[GenerateSerializer, Immutable, Alias("otp.GrantRecord")]
public sealed record GrantRecord
{
    /// <summary>
    /// Differs for every pair the account ever had, and grows. Only the holder of the newest may spend its refresh token.
    /// </summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>The access token, encrypted.</summary>
    [Id(1)]
    public required string AccessToken { get; init; }

    /// <summary>The refresh token, encrypted; null when offline.access was not granted.</summary>
    [Id(2)]
    public string? RefreshToken { get; init; }

    [Id(3)]
    public required string[] Scopes { get; init; }

    [Id(4)]
    public required DateTimeOffset ObtainedAt { get; init; }

    [Id(5)]
    public required DateTimeOffset ExpiresAt { get; init; }

    [Id(6)]
    public GrantState State { get; init; } = GrantState.Active;
}

/// <summary>Whether X still honours a grant.</summary>
public enum GrantState
{
    Active,

    /// <summary>X refused the refresh token: revoked by the user, or expired. The user must sign in again.</summary>
    Rejected,

    /// <summary>A refresh was cut off after the token may have been spent, and X now refuses it. The user must sign in again.</summary>
    RefreshInterrupted,

    /// <summary>The access token has expired and there is no refresh token: offline.access was not granted.</summary>
    Expired,

    /// <summary>
    /// It came from a backup, so its refresh token may have been spent since, and its access token has ended. The user must sign in again.
    /// </summary>
    Restored,
}

/// <summary>The journal entry of a refresh under way.</summary>
/// <param name="FromVersion">The pair whose refresh token is about to be spent.</param>
/// <param name="Owner">The activation that wrote it: no other may spend the token while it may still be alive.</param>
/// <param name="StartedAt">When it was written.</param>
public sealed record RefreshIntent(long FromVersion, string Owner, DateTimeOffset StartedAt);

/// <summary>A session that has not ended, or whose end has yet to be noted: <see cref="SessionLifetimes"/> decides.</summary>
public sealed record LiveSession(string Id, string ClientId, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt)
{
    /// <summary>
    /// No use is later: the last one exactly, if the process stopped in order; else up to
    /// <see cref="UserSessionOptions.UseSaveInterval"/> more. Null in schema 1.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? UsedUntil { get; init; }

    /// <summary>From when its lifetimes count, if not from <see cref="CreatedAt"/>: schema 1 knew none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? CountedFrom { get; init; }

    /// <summary>When it ends unless its client has fetched it by then; null once it has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? HandoverBy { get; init; }
}

/// <summary>A token to revoke at X.</summary>
/// <param name="Token">Encrypted for the account.</param>
/// <param name="Hint"><c>access_token</c> or <c>refresh_token</c>.</param>
public sealed record PendingRevocation(string Token, string Hint);
