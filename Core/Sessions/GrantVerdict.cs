using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What an account's record says to a caller that wants to use its grant.</summary>
internal static class GrantVerdict
{
    /// <returns>Null when the grant can be used; else ReconnectNeeded, or SessionEnded where there is none.</returns>
    public static Rejection? Of(SessionRecord? record) =>
        record?.Grant?.State switch
        {
            GrantState.Active => null,
            GrantState.Rejected => new(
                RejectionReason.ReconnectNeeded,
                "X no longer honours this grant: it was revoked by the user, or expired. Sign in again."
            ),
            GrantState.RefreshInterrupted => new(
                RejectionReason.ReconnectNeeded,
                "A token refresh was cut off and X now refuses the token. Sign in again."
            ),
            GrantState.Expired => new(
                RejectionReason.ReconnectNeeded,
                "The access token has expired and offline.access was not granted. Sign in again, with that scope."
            ),
            GrantState.Restored => Restored(),
            _ => SharedRejections.SessionEnded(),
        };

    public static Rejection Restored() =>
        new(
            RejectionReason.ReconnectNeeded,
            "The proxy was restored from a backup, and this account's refresh token may have been spent since. Sign in again."
        );
}
