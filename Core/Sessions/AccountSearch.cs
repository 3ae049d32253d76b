using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Finds accounts for operators. The store has no index on what is searched, so it is read page by page, at most <see cref="MaxRead"/>
/// rows a search: the answer then says where to go on. An account's whole id is found at once.
/// </summary>
public sealed class AccountSearch(IAccountRecords records, TimeProvider timeProvider)
{
    /// <summary>Rows that one search reads at most: 20,000 of 2 KB take about half a second.</summary>
    public const int MaxRead = 20_000;

    private const int PageSize = 500;

    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<AccountPage> FindAsync(AccountQuery query, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        List<AccountSummary> found = [];
        AccountRow? exact = null;
        if (query is { After: null, Search: { } id } && id.All(char.IsAsciiDigit))
        {
            exact = await records.FindAsync(id, cancellationToken);
            if (exact is not null && query.Covers(AccountSummary.Of(exact, now)))
                found.Add(AccountSummary.Of(exact, now));
        }

        var after = query.After;
        var pageSize = query.IsFiltered ? PageSize : query.Limit;
        for (var read = 0; read < MaxRead; read += pageSize)
        {
            var rows = await records.ReadAsync(after, pageSize, cancellationToken);
            foreach (var row in rows)
            {
                if (found.Count >= query.Limit)
                    return new(found, after);
                after = row.AccountId;
                if (row.AccountId != exact?.AccountId && AccountSummary.Of(row, now) is var account && query.Covers(account))
                    found.Add(account);
            }

            if (rows.Count < pageSize)
                return new(found, null);
        }

        return new(found, after);
    }
}

/// <summary>What an operator looks for.</summary>
/// <param name="Search">Beginning of the id or of the username, without @; null for all.</param>
/// <param name="State">Null for any.</param>
/// <param name="After">Where the page before ended; null to begin.</param>
/// <param name="Limit">How many accounts at most.</param>
public sealed record AccountQuery(string? Search, AccountState? State, string? After, int Limit)
{
    internal bool IsFiltered => Search is not null || State is not null;

    internal bool Covers(AccountSummary account) =>
        (State is null || account.State == State)
        && (
            Search is null
            || account.Id.StartsWith(Search, StringComparison.Ordinal)
            || account.Username?.StartsWith(Search, StringComparison.OrdinalIgnoreCase) is true
        );
}

/// <summary>Accounts found.</summary>
/// <param name="Accounts">In the store's order; empty although there are more, when a search has read its share and found none.</param>
/// <param name="Next">What to send as <c>after</c> to go on; null at the end.</param>
public sealed record AccountPage(IReadOnlyList<AccountSummary> Accounts, string? Next);
