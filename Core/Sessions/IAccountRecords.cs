using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// The accounts' records as the store has them, read without activating an account: for operators. A record lags the account in memory by
/// uses and windows, never by sessions or tokens.
/// </summary>
public interface IAccountRecords
{
    /// <summary>Records in a fixed order.</summary>
    /// <param name="after">The last account of the page before; null to begin.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<IReadOnlyList<AccountRow>> ReadAsync(string? after, int count, CancellationToken cancellationToken);

    /// <summary>One account's record; null when it has none.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<AccountRow?> FindAsync(string accountId, CancellationToken cancellationToken);
}

/// <summary>An account in the store.</summary>
/// <param name="AccountId">Its id.</param>
/// <param name="Record">Null when the row cannot be read: damaged, or written by a newer version.</param>
public sealed record AccountRow(string AccountId, SessionRecord? Record)
{
    /// <param name="accountId">The row's key.</param>
    /// <param name="json">The record's JSON; null when the row has none.</param>
    public static AccountRow Of(string accountId, string? json)
    {
        try
        {
            return new(accountId, json is null ? null : RecordJson.Read<SessionRecord>(json, accountId));
        }
        catch (StoreUnavailableException)
        {
            return new(accountId, null); // one damaged row must not hide the others
        }
    }
}
