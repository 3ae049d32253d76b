namespace OrleansTwitterProxy.Core.Storage;

/// <summary>
/// Durable records with optimistic versions: grain storage, as Core sees it. A save that has returned survives a crash of the process and
/// of the machine.
/// </summary>
/// <typeparam name="TRecord">An immutable record that carries its own schema version.</typeparam>
public interface IRecordStore<TRecord>
    where TRecord : class
{
    /// <summary>Reads the newest record. Null when there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer, or the stored value is not a record.</exception>
    Task<Stored<TRecord>?> LoadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Writes the record if the stored version is still <paramref name="expectedVersion"/> (null: no record yet).</summary>
    /// <returns>The new version; null when another writer has changed it, in which case nothing is written.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; whether the write took effect is unknown.</exception>
    Task<string?> TrySaveAsync(string key, TRecord record, string? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Deletes the record if the stored version is still <paramref name="expectedVersion"/>.</summary>
    /// <returns>Whether it was deleted; false when another writer has changed it, in which case nothing is deleted.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; whether the record was deleted is unknown.</exception>
    Task<bool> TryDeleteAsync(string key, string expectedVersion, CancellationToken cancellationToken);
}

/// <summary>A record as read from the store, with the version that a later save must name.</summary>
public sealed record Stored<TRecord>(TRecord Record, string Version)
    where TRecord : class;

/// <summary>The store did not answer. Records that were saved are not lost, and callers may retry.</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
