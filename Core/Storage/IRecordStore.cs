namespace OrleansTwitterProxy.Core.Storage;

/// <summary>
/// Durable records with optimistic versions: grain storage, as Core sees it. A save that has returned
/// survives a crash of the process and of the machine.
/// </summary>
/// <typeparam name="TRecord">An immutable record that carries its own schema version.</typeparam>
public interface IRecordStore<TRecord>
    where TRecord : class
{
    /// <summary>Reads the newest record. Null when there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer, or holds under this key what is no record.</exception>
    Task<Stored<TRecord>?> LoadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Writes the record if the stored version is still <paramref name="expectedVersion"/> (null: no record yet).</summary>
    /// <returns>The new version, or null when somebody else wrote in between: nothing was changed then.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; whether the write took effect is unknown.</exception>
    Task<string?> TrySaveAsync(string key, TRecord record, string? expectedVersion, CancellationToken cancellationToken);

    /// <summary>Forgets the record if the stored version is still <paramref name="expectedVersion"/>.</summary>
    /// <returns>Whether it is gone; false when somebody else wrote in between: nothing was changed then.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; whether the record is gone is unknown.</exception>
    Task<bool> TryDeleteAsync(string key, string expectedVersion, CancellationToken cancellationToken);
}

/// <summary>A record as read from the store, with the version that a later save must name.</summary>
public sealed record Stored<TRecord>(TRecord Record, string Version)
    where TRecord : class;

/// <summary>The store did not answer. Nothing was lost: what was saved before is still there, and callers may retry.</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
