namespace OrleansTwitterProxy.Core.Storage;

/// <summary>
/// The only writer of a record within this activation. Writes are serialized; readers see the last saved record and never wait. A write by
/// another activation is detected by its version, and the change is then applied again to the newer record.
/// </summary>
/// <param name="key">The record's key.</param>
/// <param name="what">The record's name in messages: <c>account 42</c>.</param>
/// <param name="store">The store.</param>
internal abstract class RecordJournal<TRecord>(string key, string what, IRecordStore<TRecord> store) : IDisposable
    where TRecord : class
{
    private const int MaxConflicts = 5;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Stored<TRecord>? _stored;
    private volatile bool _loaded;
    private Func<TRecord, TRecord>? _carried;

    /// <summary>The record as last saved; null before <see cref="LoadAsync"/>, and while there is none.</summary>
    public TRecord? Current => _stored?.Record;

    /// <summary>Adds a change that is applied to every write, because it is not worth a write of its own.</summary>
    public void Carry(Func<TRecord, TRecord> change) => _carried = _carried is { } first ? record => change(first(record)) : change;

    /// <summary>Loads the record on first use; later calls cost nothing.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public ValueTask LoadAsync(CancellationToken cancellationToken) =>
        _loaded ? ValueTask.CompletedTask : new(ReloadAsync(cancellationToken));

    /// <summary>Loads the record again, because another activation may have written it.</summary>
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
    /// <param name="change">Must be pure, because it may be applied more than once; returns its argument for no change.</param>
    /// <param name="cancellationToken">Stops waiting for earlier writes. A write that has begun is finished.</param>
    /// <returns>The record as now stored.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer; the next call loads the record again.</exception>
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
                if (after is not null && _carried is { } carry)
                    after = carry(after);
                if (await TrySaveAsync(after))
                    return after;
                await ReadAsync(CancellationToken.None);
            }

            throw new StoreUnavailableException($"The record of {what} could not be saved: other activations keep changing it.");
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    // Awaited only inside the gate, so no other write can come between reading _stored and saving.
    private async Task<bool> TrySaveAsync(TRecord? record)
    {
        var expected = _stored?.Version;
        _loaded = false; // if the save throws, the stored version is unknown
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
