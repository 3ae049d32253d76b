using System.Globalization;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What an operator sees of an account in a list; never a token.</summary>
/// <param name="Id">X's user id.</param>
/// <param name="Username">Handle at X without the @; null when it is not known.</param>
/// <param name="State">Whether it works.</param>
/// <param name="AccessTokenExpiresAt">When its access token expires; null without tokens.</param>
/// <param name="Sessions">Sessions that its record has. Some may have expired and not been ended yet.</param>
/// <param name="Clients">Ids of the clients that hold them.</param>
/// <param name="Trouble">What is wrong, and what helps; null when nothing is.</param>
public sealed record AccountSummary(
    string Id,
    string? Username,
    AccountState State,
    DateTimeOffset? AccessTokenExpiresAt,
    int Sessions,
    IReadOnlyList<string> Clients,
    string? Trouble
)
{
    /// <summary>A refresh is over long before.</summary>
    private static readonly TimeSpan LongRefresh = TimeSpan.FromMinutes(1);

    public static AccountSummary Of(AccountRow row, DateTimeOffset now)
    {
        if (row.Record is not { } record)
        {
            return new(
                row.AccountId,
                null,
                AccountState.Unreadable,
                null,
                0,
                [],
                "Its row in the database is damaged, or was written by a newer version. Restore it from a backup, or erase the account."
            );
        }

        var state = StateOf(record, now);
        return new(
            record.AccountId,
            record.Username.Length > 0 ? record.Username : null,
            state,
            record.Grant?.ExpiresAt,
            record.Sessions.Count,
            [.. record.Sessions.Select(session => session.ClientId).Distinct().Order(StringComparer.Ordinal)],
            TroubleOf(record, state, now)
        );
    }

    private static AccountState StateOf(SessionRecord record, DateTimeOffset now) =>
        record switch
        {
            { Erasing: true } => AccountState.Erasing,
            { Grant: null } => AccountState.SignedOut,
            { Grant.State: GrantState.Rejected } => AccountState.Rejected,
            { Grant.State: GrantState.RefreshInterrupted } => AccountState.RefreshInterrupted,
            { Grant.State: GrantState.Expired } => AccountState.Expired,
            { Grant: { RefreshToken: null } grant } when grant.ExpiresAt <= now => AccountState.Expired,
            _ => AccountState.Active,
        };

    private static string? TroubleOf(SessionRecord record, AccountState state, DateTimeOffset now) =>
        state switch
        {
            AccountState.Rejected =>
                "X refused the refresh token: the user has revoked the access, or it has expired. The user must sign in again.",
            AccountState.RefreshInterrupted =>
                "A refresh was cut off after its token may have been spent, and X now refuses it. The user must sign in again.",
            AccountState.Expired => "The access token has expired, and offline.access was not granted. The user must sign in again.",
            _ when record.Revocations.Count > 0 => string.Create(
                CultureInfo.InvariantCulture,
                $"X has yet to confirm the revocation of {record.Revocations.Count} token(s). It is retried."
            ),
            _ when record.Intent is { } intent && intent.StartedAt < now - LongRefresh => string.Create(
                CultureInfo.InvariantCulture,
                $"A refresh that began at {intent.StartedAt:u} has not ended. The next call finds out whether its token was spent."
            ),
            _ when record.Caps is [var cap, ..] => cap.Description,
            _ => null,
        };
}

/// <summary>Whether an account can call X.</summary>
public enum AccountState
{
    /// <summary>It has tokens, and X honours them as far as is known.</summary>
    Active,

    /// <summary>As <see cref="GrantState.Expired"/>.</summary>
    Expired,

    /// <summary>As <see cref="GrantState.Rejected"/>.</summary>
    Rejected,

    /// <summary>As <see cref="GrantState.RefreshInterrupted"/>.</summary>
    RefreshInterrupted,

    /// <summary>No session and no token are left; X has yet to confirm revocations.</summary>
    SignedOut,

    /// <summary>An operator is erasing it.</summary>
    Erasing,

    /// <summary>Its row cannot be read.</summary>
    Unreadable,
}
