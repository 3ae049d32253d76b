using System.Threading.Channels;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Activities;

/// <summary>
/// The calls of this process that are yet to be stored: a bounded buffer, emptied in batches. A call never waits for it. What does not fit,
/// and a batch that the store does not take, is dropped and counted. Thread-safe.
/// </summary>
public sealed class ActivityLog(IOptions<ActivityOptions> options, IActivityRows rows) : IDisposable
{
    /// <summary>Entries that wait at most: some 8 MB.</summary>
    public const int Capacity = 65_536;

    /// <summary>Entries of one write.</summary>
    public const int BatchSize = 1_000;

    private readonly Channel<ActivityEntry> _entries = Channel.CreateBounded<ActivityEntry>(Capacity);
    private readonly SemaphoreSlim _flush = new(1);
    private long _sequence = EntryPosition.FirstSequence();
    private long _dropped;

    /// <summary>Whether calls are recorded at all.</summary>
    public bool IsEnabled { get; } = options.Value.Enabled;

    /// <summary>Entries lost since the process has started.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Puts an entry into the buffer, or drops it when the buffer is full. Never waits, never throws.</summary>
    /// <param name="at">When the call had ended.</param>
    /// <param name="entry">The call; its position is set here.</param>
    public void Record(DateTimeOffset at, in ActivityEntry entry)
    {
        var numbered = entry with { Position = EntryPosition.Of(at, Interlocked.Increment(ref _sequence)) };
        if (!_entries.Writer.TryWrite(numbered))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Stores what waits, until the store does not take a batch: that one is lost, and the others wait on.</summary>
    /// <returns>Whether the store has taken everything.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        await _flush.WaitAsync(cancellationToken);
        try
        {
            while (Take() is { Count: > 0 } batch)
            {
                try
                {
                    await rows.WriteAsync(batch, cancellationToken);
                }
                catch (Exception e)
                {
                    Interlocked.Add(ref _dropped, batch.Count);
                    if (e is StoreUnavailableException or OperationCanceledException)
                        return false;
                    throw;
                }

                if (batch.Count < BatchSize)
                    break; // what came meanwhile has the next round
            }

            return true;
        }
        finally
        {
            _flush.Release();
        }
    }

    /// <summary>Gives up what still waits, as the process ends.</summary>
    public void Drop()
    {
        while (_entries.Reader.TryRead(out _))
            Interlocked.Increment(ref _dropped);
    }

    public void Dispose() => _flush.Dispose();

    private List<ActivityEntry> Take()
    {
        List<ActivityEntry> batch = new(Math.Min(BatchSize, _entries.Reader.Count));
        while (batch.Count < BatchSize && _entries.Reader.TryRead(out var entry))
            batch.Add(entry);
        return batch;
    }
}
