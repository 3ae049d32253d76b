using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>What calls came to, who used what, and who did what: for operators, page by page or as a whole.</summary>
public static class ActivityEndpoints
{
    private static readonly TimeSpan UsageTime = TimeSpan.FromDays(1);

    public static void MapActivity(this IEndpointRouteBuilder routes)
    {
        var ops = routes.MapGroup("/v1/ops").WithTags("Operators").RequireAuthorization(ProxyPolicies.Operator);
        ops.MapGet("/activity", ReadActivityAsync)
            .WithSummary("The calls of clients, the newest first; as JSON, CSV or JSON lines")
            .Produces<ActivityPage>();
        ops.MapGet("/audit", ReadAuditAsync)
            .WithSummary("The audit, the newest event first; as JSON, CSV or JSON lines")
            .Produces<AuditPage>();
        ops.MapGet("/usage", ReadUsageAsync)
            .WithSummary("Calls by client, account or endpoint, the last 24 h unless from says otherwise; as JSON, CSV or JSON lines")
            .Produces<UsageReport>();
    }

    private static Task<IResult> ReadActivityAsync(HttpRequest request, IActivityRows rows, CancellationToken cancellationToken)
    {
        var query = new ActivityQuery(request);
        var format = query.Format();
        var limit = query.Limit(format);
        var filter = new ActivityFilter
        {
            ClientId = query.Text("client"),
            AccountId = query.Account(),
            Endpoint = query.Text("endpoint"),
            Outcome = query.Outcome(),
            From = query.Time("from"),
            To = query.Time("to"),
            Before = query.Before(),
        };
        return AnswerAsync(
            query,
            format,
            limit,
            "activity",
            filter.Before,
            (before, count) => rows.ReadAsync(filter with { Before = before }, count, cancellationToken),
            ActivityRow.Of,
            entry => entry.Position,
            (page, next) => TypedResults.Ok(new ActivityPage(page, next))
        );
    }

    private static Task<IResult> ReadAuditAsync(HttpRequest request, IAuditRows rows, CancellationToken cancellationToken)
    {
        var query = new ActivityQuery(request);
        var format = query.Format();
        var limit = query.Limit(format);
        var filter = new AuditFilter
        {
            Action = query.Action(),
            Operator = query.Text("operator"),
            ClientId = query.Text("client"),
            AccountId = query.Account(),
            From = query.Time("from"),
            To = query.Time("to"),
            Before = query.Before(),
        };
        return AnswerAsync(
            query,
            format,
            limit,
            "audit",
            filter.Before,
            (before, count) => rows.ReadAsync(filter with { Before = before }, count, cancellationToken),
            AuditRow.Of,
            entry => entry.Position,
            (page, next) => TypedResults.Ok(new AuditPage(page, next))
        );
    }

    private static async Task<IResult> ReadUsageAsync(
        HttpRequest request,
        IActivityRows rows,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        var query = new ActivityQuery(request);
        var format = query.Format();
        var limit = query.Limit(format);
        var by = query.By();
        var to = query.Time("to") ?? timeProvider.GetUtcNow();
        var from = query.Time("from") ?? to - UsageTime;
        if (query.Invalid is { } invalid)
            return invalid;
        var count = format is ExportFormat.Json ? limit : int.MaxValue;
        try
        {
            var usage = await rows.SumAsync(by, new() { From = from, To = to }, count, cancellationToken);
            return format is ExportFormat.Json
                ? TypedResults.Ok(new UsageReport(by, from, to, usage))
                : new Export<Usage>("usage", format, OnePage(usage));
        }
        catch (StoreUnavailableException)
        {
            return Unavailable();
        }
    }

    private static async Task<IResult> AnswerAsync<TEntry, TRow>(
        ActivityQuery query,
        ExportFormat format,
        int limit,
        string name,
        EntryPosition? before,
        Func<EntryPosition?, int, Task<IReadOnlyList<TEntry>>> read,
        Func<TEntry, TRow> toRow,
        Func<TEntry, EntryPosition> position,
        Func<IReadOnlyList<TRow>, string?, IResult> page
    )
        where TRow : class
    {
        if (query.Invalid is { } invalid)
            return invalid;
        if (format is not ExportFormat.Json)
            return new Export<TRow>(name, format, PagesAsync());
        try
        {
            var entries = await read(before, limit);
            return page([.. entries.Select(toRow)], entries.Count == limit ? position(entries[^1]).ToString() : null);
        }
        catch (StoreUnavailableException)
        {
            return Unavailable();
        }

        async IAsyncEnumerable<IReadOnlyList<TRow>> PagesAsync()
        {
            IReadOnlyList<TEntry> entries;
            var next = before;
            do
            {
                entries = await read(next, limit);
                yield return [.. entries.Select(toRow)];
                next = entries.Count > 0 ? position(entries[^1]) : next;
            } while (entries.Count == limit);
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<Usage>> OnePage(IReadOnlyList<Usage> usage)
    {
        await Task.CompletedTask;
        yield return usage;
    }

    private static ProblemResult Unavailable() =>
        new(
            SharedRejections.StorageUnavailable(
                "It does not answer, or not in time: a shorter time from 'from' to 'to', or fewer filters, makes it faster"
            )
        );
}
