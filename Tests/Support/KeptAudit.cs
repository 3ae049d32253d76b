using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>An audit in memory that fails where a test tells it to.</summary>
internal sealed class KeptAudit : IAuditRows
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EntryPosition, AuditEntry> _entries = [];

    /// <summary>While set, nothing can be written.</summary>
    public bool WritesFail { get; set; }

    /// <summary>The next write takes effect, and its answer is lost.</summary>
    public bool LoseNextAnswer { get; set; }

    public IReadOnlyList<AuditEntry> Entries
    {
        get
        {
            lock (_lock)
                return [.. _entries.Values.OrderBy(entry => (entry.Position.Microseconds, entry.Position.Sequence))];
        }
    }

    public Task WriteAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        if (WritesFail)
            throw new StoreUnavailableException("scripted: no answer to a write");
        lock (_lock)
        {
            foreach (var entry in entries)
                _entries[entry.Position] = entry;
        }

        if (!LoseNextAnswer)
            return Task.CompletedTask;
        LoseNextAnswer = false;
        throw new StoreUnavailableException("scripted: the answer to a write was lost");
    }

    public Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, int count, CancellationToken cancellationToken) =>
        throw new NotSupportedException("What was written is in Entries.");

    public Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken) => Task.CompletedTask;
}
