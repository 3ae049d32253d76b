using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>What every store of activity and audit keeps its word on.</summary>
internal static class EntriesContract
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken Never = CancellationToken.None;

    /// <summary>Entries are found by each of their filters, page by page, the newest first, and summed up.</summary>
    public static async Task FindsAsync(IActivityRows rows)
    {
        var entries = Enumerable
            .Range(0, 25)
            .Select(i => new ActivityEntry
            {
                // Five at a time: their numbers tell them apart.
                Position = EntryPosition.Of(Noon.AddHours(i / 5), 100 + i),
                ClientId = i % 2 == 0 ? "web" : "app",
                AccountId = i % 2 == 0 ? (i % 4).ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
                Endpoint = i % 3 == 0 ? "POST /2/tweets" : "GET /2/users/me",
                Status = i % 5 == 0 ? 403 : 200,
                Outcome =
                    i == 24 ? ActivityEntry.Aborted
                    : i == 23 ? "rate_limited"
                    : ActivityEntry.Answered,
                Duration = TimeSpan.FromMicroseconds(1234 + i),
                CostClass = i % 3 == 0 ? "write_post_create" : null,
                RequestId = $"r{i}",
            })
            .ToArray();
        await rows.WriteAsync(entries, Never);

        var all = await rows.ReadAsync(new(), 1000, Never);
        Assert.Equal(entries.Reverse(), all);
        Assert.Equal(all, await PagesAsync(rows, new(), 4));
        Assert.Equal(all.Where(entry => entry.ClientId == "app"), await PagesAsync(rows, new() { ClientId = "app" }, 3));
        Assert.Equal(all.Where(entry => entry.AccountId == "2"), await PagesAsync(rows, new() { AccountId = "2" }, 3));
        Assert.Equal(
            all.Where(entry => entry.Endpoint == "POST /2/tweets"),
            await PagesAsync(rows, new() { Endpoint = "POST /2/tweets" }, 3)
        );
        Assert.Equal(["r23"], (await rows.ReadAsync(new() { Outcome = "rate_limited" }, 9, Never)).Select(entry => entry.RequestId));
        var between = new ActivityFilter { From = Noon.AddHours(1), To = Noon.AddHours(3) };
        Assert.Equal(entries[5..15].Reverse(), await PagesAsync(rows, between, 3));

        var usage = await rows.SumAsync(UsageKey.Client, new(), 10, Never);
        Assert.Equal([("web", 13L, 0L, 3L), ("app", 12L, 1L, 2L)], usage.Select(sum => (sum.Key!, sum.Calls, sum.Rejected, sum.Errors)));
        Assert.Equal(
            entries.Count(entry => entry is { ClientId: "app", CostClass: not null, Status: 200, Outcome: ActivityEntry.Answered }),
            usage[1].CostClasses["write_post_create"]
        );
        Assert.Equal("GET /2/users/me", Assert.Single(await rows.SumAsync(UsageKey.Endpoint, new(), 1, Never)).Key);
        Assert.Equal([null, "0", "2"], (await rows.SumAsync(UsageKey.Account, new(), 10, Never)).Select(sum => sum.Key));
        Assert.Equal(10, (await rows.SumAsync(UsageKey.Client, between, 10, Never)).Sum(sum => sum.Calls));
    }

    /// <summary>What is too old is gone, and nothing else.</summary>
    public static async Task DropsAsync(IActivityRows rows)
    {
        await rows.MaintainAsync(Noon, TimeSpan.FromDays(30), Never);
        DateTimeOffset[] times = [Noon.AddDays(-40), Noon.AddDays(-32), Noon.AddDays(-29), Noon];
        await rows.WriteAsync([.. times.Select(At)], Never);

        await rows.MaintainAsync(Noon, TimeSpan.FromDays(30), Never);
        await rows.MaintainAsync(Noon, TimeSpan.FromDays(30), Never);

        Assert.Equal([Noon, Noon.AddDays(-29)], (await rows.ReadAsync(new(), 10, Never)).Select(entry => entry.Position.At));

        static ActivityEntry At(DateTimeOffset time, int i) =>
            new()
            {
                Position = EntryPosition.Of(time, i),
                ClientId = "app",
                Endpoint = "GET /2/users/me",
                Status = 200,
                Outcome = ActivityEntry.Answered,
                Duration = TimeSpan.Zero,
            };
    }

    /// <summary>The audit keeps what it was told, once, until its time is over.</summary>
    public static async Task KeepsAsync(IAuditRows rows)
    {
        var old = Entry(Noon.AddDays(-500), 1, AuditActions.SignedIn) with { AccountId = "1" };
        var erased = Entry(Noon, 2, AuditActions.EraseAccount) with
        {
            Operator = "alice",
            AccountId = "1",
            Detail = "all",
            Reason = "the user's wish, \"now\"",
            RequestId = "r",
            Node = "machine",
        };
        var signedOut = Entry(Noon, 3, AuditActions.SignedOut) with { ClientId = "app", AccountId = "2" };
        await rows.WriteAsync([old, erased], Never);
        await rows.WriteAsync([erased, signedOut], Never); // the answer to the first was lost

        Assert.Equal([signedOut, erased, old], await rows.ReadAsync(new(), 10, Never));
        Assert.Equal([erased, old], await rows.ReadAsync(new() { AccountId = "1" }, 10, Never));
        Assert.Equal([erased], await rows.ReadAsync(new() { Operator = "alice" }, 10, Never));
        Assert.Equal([signedOut], await rows.ReadAsync(new() { ClientId = "app", Action = AuditActions.SignedOut }, 10, Never));
        Assert.Equal([old], await rows.ReadAsync(new() { Before = erased.Position }, 10, Never));
        Assert.Equal([signedOut, erased], await rows.ReadAsync(new() { From = Noon, To = Noon.AddSeconds(1) }, 10, Never));

        await rows.MaintainAsync(Noon, TimeSpan.FromDays(400), Never);
        Assert.Equal([signedOut, erased], await rows.ReadAsync(new(), 10, Never));

        static AuditEntry Entry(DateTimeOffset at, long sequence, string action) =>
            new() { Position = EntryPosition.Of(at, sequence), Action = action };
    }

    private static async Task<List<ActivityEntry>> PagesAsync(IActivityRows rows, ActivityFilter filter, int count)
    {
        List<ActivityEntry> found = [];
        IReadOnlyList<ActivityEntry> page;
        do
        {
            page = await rows.ReadAsync(filter, count, Never);
            found.AddRange(page);
            if (page.Count > 0)
                filter = filter with { Before = page[^1].Position };
        } while (page.Count == count);
        return found;
    }
}
