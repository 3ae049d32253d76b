using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Signs out: first the sessions end, durably, and their tokens are put down for revocation; then X is told; then the tokens are
/// forgotten. A crash in between leaves tokens put down, and the next care of the account goes on with them.
/// </summary>
internal sealed partial class GrantRevocation(
    string accountId,
    SessionJournal journal,
    TokenVault vault,
    TokenEndpoint tokenEndpoint,
    ILogger logger,
    CancellationToken lifetime
)
{
    /// <summary>The record after one session, or all of them, have ended.</summary>
    public static SessionRecord? End(SessionRecord? record, string sessionId, bool everySession)
    {
        if (record?.FindSession(sessionId) is not { } ended)
            return record;
        IReadOnlyList<LiveSession> left = everySession ? [] : [.. record.Sessions.Where(session => session != ended)];
        if (left.Count > 0 || record.Grant is not { } grant)
            return record with { Sessions = left };
        // A refresh in flight finds the grant gone and puts its new pair down for revocation too.
        return record with { Sessions = left, Grant = null, Revocations = [.. record.Revocations, .. GrantRecords.Revocations(grant)] };
    }

    /// <summary>Tells X about every token put down. Idempotent.</summary>
    /// <returns>Whether X has confirmed them all; if not, the account's care repeats it.</returns>
    /// <exception cref="Storage.StoreUnavailableException">The confirmations could not be saved; they are asked for again
    /// later.</exception>
    public async Task<bool> RevokeAsync()
    {
        List<PendingRevocation> confirmed = [];
        foreach (var pending in journal.Current?.Revocations ?? [])
        {
            if (TryReveal(pending) is { } token && await tokenEndpoint.RevokeAsync(token, pending.Hint, lifetime))
                confirmed.Add(pending);
        }

        if (confirmed.Count > 0)
            await journal.UpdateAsync(record => Forget(record, confirmed), lifetime);
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
        return left is { Sessions: [], Grant: null, Revocations: [] } ? null : left;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Account {AccountId}: X has not confirmed the revocation of {Count} tokens; repeating later"
    )]
    private partial void LogUnconfirmed(string accountId, int count);
}
