using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>The access token of an account's calls: fresh enough, or the outcome of the one refresh under way.</summary>
internal sealed class AccountTokens(
    SessionJournal journal,
    TokenRefresh refresh,
    AccessTokenCache cache,
    UserSessionOptions options,
    TimeProvider timeProvider
) : ICallTokens
{
    private const int MaxRefreshes = 3;

    /// <inheritdoc/>
    public async ValueTask<(LiveToken Token, Rejection? Rejection)> GetAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var record = journal.Current; // read anew in each round: the wait below may have changed it
            if (GrantVerdict.Of(record) is { } dead)
                return (default, dead);
            var grant = record!.Grant!;
            if (timeProvider.GetUtcNow() < grant.ExpiresAt)
            {
                RefreshIfDue(); // beside the call, not before it
                return (cache.Of(grant), null);
            }

            var rejection =
                attempt < MaxRefreshes
                    ? await refresh.JoinAsync(grant.Version, cancellationToken)
                    : new(
                        RejectionReason.TokenEndpointUnavailable,
                        "X issues access tokens that have expired already.",
                        TimeSpan.FromSeconds(5)
                    );
            if (rejection is not null)
                return (default, rejection);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Another would be refused too while the token is very young.</remarks>
    public async ValueTask<(bool Replaced, Rejection? Rejection)> ReplaceAsync(LiveToken refused, CancellationToken cancellationToken)
    {
        var record = journal.Current;
        if (GrantVerdict.Of(record) is { } dead)
            return (false, dead);
        var grant = record!.Grant!;
        if (grant.Version != refused.Version)
            return (true, null);
        var age = timeProvider.GetUtcNow() - grant.ObtainedAt;
        // A negative age: the clock was set back, and tells nothing.
        if (grant.RefreshToken is null || (age >= TimeSpan.Zero && age < options.MinimumRefreshInterval))
            return (false, null);
        var rejection = await refresh.JoinAsync(refused.Version, cancellationToken);
        return (rejection is null, rejection);
    }

    /// <summary>
    /// Refreshes now, joining a refresh under way. Right after one, X is not asked: each refresh puts the grant at risk, and a client may
    /// ask as often as it likes.
    /// </summary>
    /// <returns>Null when the pair is fresh; else why it is not.</returns>
    public async Task<Rejection?> RefreshAsync(CancellationToken cancellationToken)
    {
        var record = journal.Current;
        if (GrantVerdict.Of(record) is { } dead)
            return dead;
        if (record!.Grant!.RefreshToken is null)
        {
            return new(
                RejectionReason.ScopeMissing,
                "There is nothing to refresh with: the scope offline.access was not granted. Sign in again asking for it."
            );
        }

        if (!refresh.MaySpend(record) && timeProvider.GetUtcNow() < record.Grant.ExpiresAt)
            return GrantVerdict.Restored(); // until then the access token serves
        if (refresh.SucceededWithin(options.MinimumRefreshInterval))
            return null;
        return await refresh.JoinAsync(record.Grant.Version, cancellationToken);
    }

    /// <summary>Starts a refresh that is due, without waiting for it: the token endpoint may take minutes.</summary>
    public void RefreshIfDue()
    {
        if (
            journal.Current is { Grant: { State: GrantState.Active, RefreshToken: not null } grant } record
            && refresh.MaySpend(record)
            && timeProvider.GetUtcNow() >= grant.ExpiresAt - Margin(grant)
        )
        {
            _ = refresh.JoinAsync(grant.Version, CancellationToken.None);
        }
    }

    // A token that lives hardly longer than the margin would otherwise be due from the start, and refreshed without end.
    private TimeSpan Margin(GrantRecord grant) =>
        (grant.ExpiresAt - grant.ObtainedAt) / 2 is var half && half < options.RefreshBeforeExpiration
            ? half
            : options.RefreshBeforeExpiration;
}
