using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Activities;

/// <summary>The stored activity.</summary>
public interface IActivityRows
{
    /// <summary>Stores entries, all or none. Durable on return.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer, or refused.</exception>
    Task WriteAsync(IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken);

    /// <summary>A page of the entries that fit, the newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="count">How many at most; fewer means that there are no more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    Task<IReadOnlyList<ActivityEntry>> ReadAsync(ActivityFilter filter, int count, CancellationToken cancellationToken);

    /// <summary>Calls, summed up by client, account or endpoint; the keys with the most calls first.</summary>
    /// <param name="by">What to sum up by.</param>
    /// <param name="filter">Which calls.</param>
    /// <param name="count">How many keys at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    Task<IReadOnlyList<Usage>> SumAsync(UsageKey by, ActivityFilter filter, int count, CancellationToken cancellationToken);

    /// <summary>Drops what is older, and prepares the store for entries to come. Idempotent.</summary>
    /// <param name="now">The time.</param>
    /// <param name="keepFor">Age of what is dropped.</param>
    /// <param name="cancellationToken">Gives up; the next round goes on.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken);
}

/// <summary>Which entries of the activity; null stands for all.</summary>
public sealed record ActivityFilter
{
    public string? ClientId { get; init; }

    public string? AccountId { get; init; }

    public string? Endpoint { get; init; }

    public string? Outcome { get; init; }

    /// <summary>The first time that counts.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first time that no longer counts.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The oldest entry of the page before.</summary>
    public EntryPosition? Before { get; init; }

    /// <summary>The position that all wanted ones are below, by <see cref="To"/> and <see cref="Before"/>.</summary>
    public EntryPosition Upper => Earlier(To is { } to ? EntryPosition.Of(to, 0) : Latest, Before ?? Latest);

    private static EntryPosition Latest => new(long.MaxValue, long.MaxValue);

    internal static EntryPosition Earlier(EntryPosition one, EntryPosition other) =>
        (one.Microseconds, one.Sequence).CompareTo((other.Microseconds, other.Sequence)) <= 0 ? one : other;
}

/// <summary>What usage is summed up by.</summary>
public enum UsageKey
{
    Client,
    Account,
    Endpoint,
}
