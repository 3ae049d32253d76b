namespace OrleansTwitterProxy.Core.Storage;

/// <summary>
/// The one writer of a record within this activation. Writes stand in line; readers see the last record that was saved and never wait.
/// Another activation's write is noticed by its version, and the change is applied anew to what that one left.
/// </summary>
/// <param name="key">The record's key.</param>
/// <param name="what">The record for a message: <c>account 42</c>.</param>
/// <param name="store">Where it is kept.</param>
internal abstract class RecordJournal<TRecord>(string key, string what, IRecordStore<TRecord> store) : IDisposable
    where TRecord : class
{
    private const int MaxConflicts = 5;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Stored<TRecord>? _stored;
    private volatile bool _loaded;

    /// <summary>The record as last saved; null before <see cref="LoadAsync"/>, and while there is none.</summary>
    public TRecord? Current => _stored?.Record;

    /// <summary>What every write takes along, though it is worth none of its own.</summary>
    public Func<TRecord, TRecord>? Carry { get; set; }

    /// <summary>Reads the record on first use. Safe to call on every call: afterwards it costs nothing.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public ValueTask LoadAsync(CancellationToken cancellationToken) =>
        _loaded ? ValueTask.CompletedTask : new(ReloadAsync(cancellationToken));

    /// <summary>Reads the record anew: another activation may have written.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<TRecord?> ReloadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await ReadAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Applies a change and saves it.</summary>
    /// <param name="change">Pure, for it may be applied more than once; returns its argument to leave things as they are.</param>
    /// <param name="cancellationToken">Gives up waiting in line. A write that has begun is finished.</param>
    /// <returns>The record as it now stands in the store.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; the next call reads anew what became of it.</exception>
    public async Task<TRecord?> UpdateAsync(Func<TRecord?, TRecord?> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
            {
                var before = _loaded ? _stored?.Record : await ReadAsync(CancellationToken.None);
                var after = change(before);
                if (ReferenceEquals(before, after))
                    return after;
                if (after is not null && Carry is { } carry)
                    after = carry(after);
                if (await TrySaveAsync(after))
                    return after;
                await ReadAsync(CancellationToken.None);
            }

            throw new StoreUnavailableException($"The record of {what} is being written by others without end.");
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    // Only ever awaited inside the gate, so no other write can come between the read of _stored and the save.
    private async Task<bool> TrySaveAsync(TRecord? record)
    {
        var expected = _stored?.Version;
        _loaded = false; // a save that throws leaves it unknown what is stored
        if (record is null)
        {
            if (expected is not null && !await store.TryDeleteAsync(key, expected, CancellationToken.None))
                return false;
            _stored = null;
        }
        else if (await store.TrySaveAsync(key, record, expected, CancellationToken.None) is { } version)
        {
            _stored = new(record, version);
        }
        else
        {
            return false;
        }

        _loaded = true;
        return true;
    }

    private async Task<TRecord?> ReadAsync(CancellationToken cancellationToken)
    {
        _stored = await store.LoadAsync(key, cancellationToken);
        _loaded = true;
        return _stored?.Record;
    }
}
