using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Activities;

/// <summary>The stored audit: entries are added, and dropped when their time is over, but never changed.</summary>
public interface IAuditRows
{
    /// <summary>Stores entries, all or none. Durable on return. Those that are stored already are left as they are.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer, or refused; they may be stored all the same.</exception>
    Task WriteAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken);

    /// <summary>A page of the entries that fit, the newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="count">How many at most; fewer means that there are no more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, int count, CancellationToken cancellationToken);

    /// <inheritdoc cref="IActivityRows.MaintainAsync"/>
    Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken);
}

/// <summary>Which entries of the audit; null stands for all.</summary>
public sealed record AuditFilter
{
    public string? Action { get; init; }

    public string? Operator { get; init; }

    public string? ClientId { get; init; }

    public string? AccountId { get; init; }

    /// <summary>The first time that counts.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first time that no longer counts.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The oldest entry of the page before.</summary>
    public EntryPosition? Before { get; init; }

    /// <inheritdoc cref="ActivityFilter.Upper"/>
    public EntryPosition Upper => new ActivityFilter { To = To, Before = Before }.Upper;
}
