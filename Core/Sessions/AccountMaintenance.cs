using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// What an account needs from time to time, without anybody calling: the end of expired sessions, unconfirmed revocations, an erasure that
/// was cut off, due refreshes, uses and windows that matter.
/// </summary>
internal sealed class AccountMaintenance(
    SessionJournal journal,
    SessionLifetimes lifetimes,
    AccountSessions sessions,
    GrantRevocation revocation,
    AccountErasure erasure,
    AccountTokens tokens,
    AccountWindows windows,
    CancellationToken lifetime
)
{
    /// <summary>Whether X has yet to confirm a revocation, or the account is being erased.</summary>
    public bool IsUnfinished => journal.Current is { Revocations.Count: > 0 } or { Erasing: true };

    /// <summary>One round. Never throws: what fails is tried again in the next.</summary>
    /// <returns>Null, or StorageUnavailable.</returns>
    public async Task<Rejection?> RunAsync()
    {
        try
        {
            await journal.LoadAsync(lifetime);
            windows.RestoreOnce();
            await sessions.EndExpiredAsync(lifetime);
            if (erasure.IsUnfinished && (await erasure.FinishAsync()).Rejection is { } rejection)
                return rejection;
            if (journal.Current is { Revocations.Count: > 0 })
                await revocation.RevokeAsync();
            tokens.RefreshIfDue();
            await windows.SaveIfWornAsync(lifetime);
            if (journal.Current is { } record && lifetimes.IsBehind(record))
                await SaveAsync();
            return null;
        }
        catch (StoreUnavailableException)
        {
            return SharedRejections.StorageUnavailable(); // the next round tries again; whoever calls meanwhile is told
        }
        catch (OperationCanceledException)
        {
            return null; // leaving memory
        }
    }

    /// <summary>
    /// Saves the windows before the account leaves memory, and the uses if the process stops. Never throws: windows are learned anew from
    /// X's headers, and the uses were saved ahead.
    /// </summary>
    /// <param name="stopping">Whether the process stops: another may be long in coming.</param>
    public async Task LeaveAsync(bool stopping)
    {
        try
        {
            if (stopping && journal.Current is { } record && lifetimes.Stop(record))
                await SaveAsync(); // the windows too
            else
                await windows.SaveAsync(lifetime);
        }
        catch (StoreUnavailableException)
        {
            // See above.
        }
        catch (OperationCanceledException)
        {
            // Disposed meanwhile.
        }
    }

    // A write that changes nothing itself carries uses and windows.
    private Task<SessionRecord?> SaveAsync() => journal.UpdateAsync(record => record is null ? null : record with { }, lifetime);
}
