using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Renews an account's pair: single-flight, journalled, fenced. X's refresh tokens are single use and the new pair exists nowhere else,
/// so the order of steps is everything:
/// 1. write the intent: the store is writable, and no other activation will spend the same token;
/// 2. spend the refresh token, patiently, under this activation's lifetime and no caller's;
/// 3. save the new pair, retrying for as long as it takes;
/// 4. only then let anybody use it.
/// A crash between 2 and 3 leaves the intent behind, and the next activation knows what it means.
/// </summary>
internal sealed partial class TokenRefresh(
    string accountId,
    SessionJournal journal,
    TokenVault vault,
    TokenEndpoint tokenEndpoint,
    UserSessionOptions options,
    AccountAudit audit,
    Incarnation incarnation,
    TimeProvider timeProvider,
    ILogger logger,
    CancellationToken lifetime
)
{
    private static readonly TimeSpan SaveRetryDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxSaveRetryDelay = TimeSpan.FromSeconds(5);

    // A lease that ends this soon is waited for: a call is worth the delay, and the other activation is most likely lost.
    private static readonly TimeSpan LeaseWorthWaiting = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeaseLookInterval = TimeSpan.FromSeconds(1);

    private readonly RefreshHistory _history = new(timeProvider);
    private readonly string _owner = Guid.NewGuid().ToString("N");
    private readonly Lock _lock = new();
    private TaskCompletionSource<Rejection?>? _answer; // what callers await; set before the flight ends when the store is down
    private Task _flight = Task.CompletedTask;

    /// <summary>The flight at hand, or a completed task.</summary>
    public Task Flight => _flight;

    /// <summary>Whether the refresh token may be spent: not if it came from a backup, whose owner may have spent it since.</summary>
    public bool MaySpend(SessionRecord record) => record.Incarnation == incarnation.Id;

    /// <summary>Whether a refresh of this activation has succeeded within this time.</summary>
    public bool SucceededWithin(TimeSpan time)
    {
        lock (_lock)
            return _answer is null && _history.SucceededWithin(time);
    }

    /// <summary>Joins the refresh under way, or starts one, unless the pair is already newer than the one found wanting.</summary>
    /// <param name="staleVersion">Version of the pair to replace.</param>
    /// <param name="cancellationToken">Stops this caller's waiting, never the refresh.</param>
    /// <returns>Null when a newer pair is saved; else why there is none.</returns>
    public Task<Rejection?> JoinAsync(long staleVersion, CancellationToken cancellationToken)
    {
        Task<Rejection?> answer;
        lock (_lock)
        {
            if (_answer is null)
            {
                if (journal.Current?.Grant?.Version != staleVersion)
                    return Task.FromResult(GrantVerdict.Of(journal.Current));
                if (_history.Held(staleVersion) is { } held)
                    return Task.FromResult<Rejection?>(held);
                _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _flight = FlyAsync(staleVersion, _answer);
            }

            answer = _answer.Task;
        }

        return answer.WaitAsync(cancellationToken);
    }

    private async Task FlyAsync(long version, TaskCompletionSource<Rejection?> answer)
    {
        await Task.Yield(); // the caller starts it inside its lock
        Rejection? rejection;
        try
        {
            while (
                (rejection = await RefreshAsync(version, answer)) is { Reason: RejectionReason.RefreshInDoubt, RetryAfter: { } left }
                && left <= LeaseWorthWaiting
            )
            {
                await Task.Delay(left < LeaseLookInterval ? left : LeaseLookInterval, timeProvider, lifetime);
                await journal.ReloadAsync(lifetime); // the other activation may have saved its pair by now
            }
        }
        catch (StoreUnavailableException)
        {
            LogStoreUnavailable(accountId);
            rejection = SharedRejections.StorageUnavailable();
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            rejection = SharedRejections.UnreadableTokens();
        }
        catch (OperationCanceledException)
        {
            rejection = new(RejectionReason.ShuttingDown, "The proxy is stopping; call again.", TimeSpan.FromSeconds(1));
        }
        catch (Exception e)
        {
            LogFailed(e, accountId);
            rejection = new(RejectionReason.InternalError, "The token refresh failed unexpectedly; the log says why.");
        }

        lock (_lock)
        {
            _answer = null;
            _history.Note(version, rejection);
        }

        answer.TrySetResult(rejection);
    }

    private async Task<Rejection?> RefreshAsync(long version, TaskCompletionSource<Rejection?> answer)
    {
        var now = timeProvider.GetUtcNow();
        Rejection? obstacle = null;
        var inDoubt = false;
        RefreshToken refreshToken = default;
        var before = await journal.UpdateAsync(
            record =>
            {
                (obstacle, inDoubt) = (null, false);
                if (record?.Grant is not { State: GrantState.Active, RefreshToken: not null } grant || grant.Version != version)
                    return record;
                if (!MaySpend(record))
                    return record;
                if (record.Intent is { } found && found.Owner != _owner && Lease(found, now) is { } left)
                {
                    obstacle = new(RejectionReason.RefreshInDoubt, "Another node may be refreshing this account's token.", left);
                    return record;
                }

                // Before the intent is written: what the keys at hand cannot open is not spent, and nothing of it is in doubt.
                refreshToken = vault.UnprotectRefresh(accountId, grant.RefreshToken);
                inDoubt = record.Intent is not null;
                return record with { Intent = new(version, _owner, now) };
            },
            lifetime
        );
        if (obstacle is not null)
            return obstacle;
        if (before?.Grant is not { State: GrantState.Active } spent || spent.Version != version)
            return GrantVerdict.Of(before);
        if (!MaySpend(before))
        {
            LogRestored(accountId);
            return await EndAsync(version, GrantState.Restored);
        }

        if (spent.RefreshToken is null)
            return await EndAsync(version, GrantState.Expired);
        if (inDoubt)
            LogInDoubt(accountId);

        var result = await tokenEndpoint.RefreshAsync(refreshToken, lifetime);
        if (result is TokenResult.Refused { Refusal: TokenRefusal.OutcomeUnknown })
        {
            // X may have spent the token and lost the answer; asking once more is how to find out, and there is no pair to lose.
            inDoubt = true;
            result = await tokenEndpoint.RefreshAsync(refreshToken, lifetime);
        }

        return result switch
        {
            TokenResult.Granted granted => await SaveAsync(version, granted.Grant, answer),
            TokenResult.Refused refused => await RefusedAsync(version, refused, inDoubt),
            _ => throw new InvalidOperationException("A token result is granted or refused."),
        };
    }

    private async Task<Rejection?> SaveAsync(long version, TokenGrant granted, TaskCompletionSource<Rejection?> answer)
    {
        var pair = GrantRecords.From(granted, accountId, vault, timeProvider.GetUtcNow());
        var backoff = new Backoff(SaveRetryDelay, MaxSaveRetryDelay);
        while (true)
        {
            try
            {
                var saved = await journal.UpdateAsync(
                    record => GrantRecords.Adopt(record, accountId, version, pair),
                    CancellationToken.None
                );
                LogRefreshed(accountId, version + 1);
                return GrantVerdict.Of(saved);
            }
            catch (StoreUnavailableException)
            {
                // This memory is now the only home of the account's grant: keep trying, and do not keep callers waiting for it.
                if (answer.TrySetResult(SharedRejections.StorageUnavailable()))
                    LogPairUnsaved(accountId);
                await Task.Delay(backoff.Next(), timeProvider, lifetime);
            }
        }
    }

    private async Task<Rejection?> RefusedAsync(long version, TokenResult.Refused refused, bool inDoubt)
    {
        if (refused.Refusal is TokenRefusal.GrantRejected)
            LogRefused(accountId, refused.Description);
        audit.RefreshFailed(version, refused.Refusal);
        if (refused.Refusal is TokenRefusal.Misconfigured or TokenRefusal.NotProcessed && !inDoubt)
            await SettleAsync(version, grant => grant);
        switch (refused.Refusal)
        {
            case TokenRefusal.GrantRejected:
                // Perhaps another activation won the race: what the store says now counts, not what we read before.
                var fresh = await journal.ReloadAsync(lifetime);
                if (fresh?.Grant?.Version != version)
                    return GrantVerdict.Of(fresh);
                return await EndAsync(version, inDoubt ? GrantState.RefreshInterrupted : GrantState.Rejected);
            case TokenRefusal.Misconfigured:
                return new(
                    RejectionReason.ProxyMisconfigured,
                    "X does not accept this proxy's client id or secret; its operator has to correct Twitter:ClientId and Twitter:ClientSecret."
                );
            default:
                return new(
                    RejectionReason.TokenEndpointUnavailable,
                    $"{refused.Description} The session is intact; call again.",
                    refused.RetryAfter ?? TimeSpan.FromSeconds(5)
                );
        }
    }

    private async Task<Rejection?> EndAsync(long version, GrantState state)
    {
        var rejection = await SettleAsync(version, grant => grant with { State = state });
        audit.GrantLost(state);
        return rejection;
    }

    // Ends the journal entry: the flight is over and its outcome is known.
    private async Task<Rejection?> SettleAsync(long version, Func<GrantRecord, GrantRecord> change) =>
        GrantVerdict.Of(
            await journal.UpdateAsync(
                record => record?.Grant?.Version == version ? record with { Grant = change(record.Grant), Intent = null } : record,
                lifetime
            )
        );

    private TimeSpan? Lease(RefreshIntent intent, DateTimeOffset now)
    {
        var left = intent.StartedAt + options.InterruptedRefreshLease - now;
        return left > TimeSpan.Zero ? left : null;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Account {AccountId}: pair {Version} saved")]
    private partial void LogRefreshed(string accountId, long version);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Account {AccountId}: a refresh was cut off earlier; finding out whether its token was spent"
    )]
    private partial void LogInDoubt(string accountId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {AccountId}: X refuses its refresh token: {Description}")]
    private partial void LogRefused(string accountId, string description);

    [LoggerMessage(Level = LogLevel.Error, Message = "Account {AccountId}: the new pair cannot be saved yet; retrying until it is")]
    private partial void LogPairUnsaved(string accountId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Account {AccountId}: its pair came from a backup; the user must sign in again")]
    private partial void LogRestored(string accountId);

    // The store itself says once a minute that it is away.
    [LoggerMessage(Level = LogLevel.Debug, Message = "Account {AccountId}: storage unavailable; no token was spent")]
    private partial void LogStoreUnavailable(string accountId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Account {AccountId}: refresh failed")]
    private partial void LogFailed(Exception exception, string accountId);
}
