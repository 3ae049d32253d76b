using System.Collections.Concurrent;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Activities;

/// <summary>
/// Adds to the audit. An operator's action is stored before it is done; what has happened already is kept in memory and written until the
/// store has it. Thread-safe.
/// </summary>
public sealed class AuditLog(IAuditRows rows, TimeProvider timeProvider) : IDisposable
{
    /// <summary>Characters of <see cref="AuditEntry.Detail"/> that are kept.</summary>
    public const int MaxDetail = 1_000;

    /// <summary>Entries that wait for a store that is away, at most; the newest are lost first.</summary>
    public const int Capacity = 100_000;

    private const int BatchSize = 500;

    private readonly ConcurrentQueue<AuditEntry> _unsaved = [];
    private readonly SemaphoreSlim _flush = new(1);
    private readonly string _node = Environment.MachineName;
    private long _sequence = EntryPosition.FirstSequence();
    private long _lost;

    /// <summary>Entries lost since the process has started: more waited than may, or it ended before the store was back.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Entries that wait.</summary>
    public int Unsaved => _unsaved.Count;

    /// <summary>Stores an entry. Durable on return; what it is about may then be done.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer: what it is about must not be done.</exception>
    public Task RecordAsync(AuditEntry entry, CancellationToken cancellationToken) => rows.WriteAsync([Stamp(entry)], cancellationToken);

    /// <summary>Keeps an entry until it is stored, within a second or when the store is back. Never waits, never throws.</summary>
    public void Note(AuditEntry entry)
    {
        if (_unsaved.Count < Capacity)
            _unsaved.Enqueue(Stamp(entry));
        else
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Stores what waits.</summary>
    /// <returns>Whether the store has taken everything; otherwise it waits on.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        await _flush.WaitAsync(cancellationToken);
        try
        {
            while (!_unsaved.IsEmpty)
            {
                // Written again after a failure: the store recognises those that it has.
                AuditEntry[] batch = [.. _unsaved.Take(BatchSize)];
                await rows.WriteAsync(batch, cancellationToken);
                for (var i = 0; i < batch.Length; i++)
                    _unsaved.TryDequeue(out _);
            }

            return true;
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _flush.Release();
        }
    }

    /// <summary>Gives up what still waits, as the process ends.</summary>
    public void Drop()
    {
        while (_unsaved.TryDequeue(out _))
            Interlocked.Increment(ref _lost);
    }

    public void Dispose() => _flush.Dispose();

    private AuditEntry Stamp(AuditEntry entry) =>
        entry with
        {
            Position = EntryPosition.Of(timeProvider.GetUtcNow(), Interlocked.Increment(ref _sequence)),
            Detail = entry.Detail is { Length: > MaxDetail } detail ? $"{detail[..(MaxDetail - 3)]}..." : entry.Detail,
            Node = _node,
        };
}
