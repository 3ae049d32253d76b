namespace OrleansTwitterProxy.Core.Storage;

/// <summary>What the store has of accounts, across records. A scan each: for maintenance and operators, not for calls.</summary>
public interface IAccountRows
{
    /// <summary>Accounts that have a record, in a fixed order.</summary>
    /// <param name="after">The last account of the page before; null to begin.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<IReadOnlyList<string>> ListAsync(string? after, int count, CancellationToken cancellationToken);

    /// <summary>Deletes an account's keyed writes.</summary>
    /// <returns>The number of deleted rows.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<int> DeleteKeyedWritesAsync(string accountId, CancellationToken cancellationToken);

    /// <summary>The ids of an account's managed uploads.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task<IReadOnlyList<string>> FindUploadsAsync(string accountId, CancellationToken cancellationToken);
}
