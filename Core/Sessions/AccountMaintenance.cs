using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// What an account in memory needs from time to time, without anybody calling: due refreshes, unconfirmed revocations, windows that matter.
/// </summary>
internal sealed class AccountMaintenance(
    SessionJournal journal,
    GrantRevocation revocation,
    AccountTokens tokens,
    AccountWindows windows,
    CancellationToken lifetime
)
{
    /// <summary>Whether X has yet to confirm a revocation.</summary>
    public bool HasRevocations => journal.Current is { Revocations.Count: > 0 };

    /// <summary>One round. Never throws: what fails is tried again in the next.</summary>
    public async Task RunAsync()
    {
        try
        {
            await journal.LoadAsync(lifetime);
            windows.RestoreOnce();
            if (journal.Current is null)
                return;
            if (HasRevocations)
                await revocation.RevokeAsync();
            tokens.RefreshIfDue();
            await windows.SaveIfWornAsync(lifetime);
        }
        catch (StoreUnavailableException)
        {
            // The next round tries again; whoever calls meanwhile is told.
        }
        catch (OperationCanceledException)
        {
            // Leaving memory.
        }
    }

    /// <summary>Saves the windows before the account leaves memory. Never throws: they are learned anew from X's headers.</summary>
    public async Task SaveWindowsAsync()
    {
        try
        {
            await windows.SaveAsync(lifetime);
        }
        catch (StoreUnavailableException)
        {
            // Lost, and learned anew.
        }
        catch (OperationCanceledException)
        {
            // Disposed meanwhile.
        }
    }
}
