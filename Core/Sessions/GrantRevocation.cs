using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// The end of a grant: first its sessions end, durably, and its tokens are put down for revocation (<see cref="SessionRecords.End"/>);
/// then X is told; then the tokens are forgotten. A crash in between leaves tokens put down, and maintenance goes on with them.
/// </summary>
internal sealed partial class GrantRevocation(
    string accountId,
    SessionJournal journal,
    TokenVault vault,
    TokenEndpoint tokenEndpoint,
    AccountAudit audit,
    ILogger logger,
    CancellationToken lifetime
)
{
    private readonly Lock _lock = new();
    private Task _flight = Task.CompletedTask;

    /// <summary>Tells X about every token put down, after a round that is under way. Idempotent.</summary>
    /// <returns>Whether X has confirmed them all; if not, the account's care repeats it.</returns>
    /// <exception cref="Storage.StoreUnavailableException">The confirmations could not be saved; they are asked for again
    /// later.</exception>
    public Task<bool> RevokeAsync()
    {
        lock (_lock)
        {
            var flight = RevokeAsync(after: _flight);
            _flight = flight;
            return flight;
        }
    }

    private async Task<bool> RevokeAsync(Task after)
    {
        await Task.Yield(); // it is started inside the lock
        await after.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        List<PendingRevocation> confirmed = [];
        foreach (var pending in journal.Current?.Revocations ?? [])
        {
            if (TryReveal(pending) is { } token && await tokenEndpoint.RevokeAsync(token, pending.Hint, lifetime))
                confirmed.Add(pending);
        }

        if (confirmed.Count > 0)
        {
            await journal.UpdateAsync(record => Forget(record, confirmed), lifetime);
            audit.TokensRevoked(confirmed.Count);
        }

        var left = journal.Current?.Revocations.Count ?? 0;
        if (left > 0)
            LogUnconfirmed(accountId, left);
        return left == 0;
    }

    private string? TryReveal(PendingRevocation pending)
    {
        try
        {
            return pending.Hint is "refresh_token"
                ? vault.UnprotectRefresh(accountId, pending.Token).Reveal()
                : vault.UnprotectAccess(accountId, pending.Token).Reveal();
        }
        catch (CryptographicException)
        {
            return null; // the key ring may come back; until then X cannot be told
        }
    }

    private static SessionRecord? Forget(SessionRecord? record, List<PendingRevocation> confirmed)
    {
        if (record is null)
            return null;
        var left = record with { Revocations = [.. record.Revocations.Except(confirmed)] };
        return left.IsEmpty ? null : left;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Account {AccountId}: X has not confirmed the revocation of {Count} tokens; repeating later"
    )]
    private partial void LogUnconfirmed(string accountId, int count);
}
