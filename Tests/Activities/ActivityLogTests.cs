using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Tests.Activities;

/// <summary>The buffer between calls and the store.</summary>
public sealed class ActivityLogTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Rows _rows = new();
    private readonly ActivityLog _log;

    public ActivityLogTests() => _log = new(Options.Create(new ActivityOptions()), _rows);

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task What_has_come_in_is_stored_in_batches_in_its_order()
    {
        Record(2_500);

        Assert.True(await _log.FlushAsync(CancellationToken.None));

        Assert.Equal([1_000, 1_000, 500], _rows.Batches.Select(batch => batch.Count));
        var stored = _rows.Batches.SelectMany(batch => batch).ToList();
        Assert.Equal(Enumerable.Range(0, 2_500).Select(i => $"{i}"), stored.Select(entry => entry.RequestId));
        Assert.Equal(2_500, stored.Select(entry => entry.Position).Distinct().Count());
        Assert.Equal(0, _log.Dropped);
    }

    [Fact]
    public void What_does_not_fit_is_dropped_and_counted_and_no_call_waits()
    {
        Record(ActivityLog.Capacity + 7);

        Assert.Equal(7, _log.Dropped);
    }

    [Fact]
    public async Task While_the_store_is_away_a_batch_is_lost_a_round_and_the_others_wait()
    {
        Record(2_500);
        _rows.Fail = true;

        Assert.False(await _log.FlushAsync(CancellationToken.None));
        Assert.Equal(1_000, _log.Dropped);

        _rows.Fail = false;
        Assert.True(await _log.FlushAsync(CancellationToken.None));
        Assert.Equal(1_500, _rows.Batches.Sum(batch => batch.Count));
        Assert.Equal(1_000, _log.Dropped);
    }

    [Fact]
    public void What_waits_when_the_process_ends_is_counted_as_lost()
    {
        Record(3);

        _log.Drop();

        Assert.Equal(3, _log.Dropped);
    }

    [Theory]
    [InlineData("1772366400000000-42", true)]
    [InlineData("-42", false)]
    [InlineData("1772366400000000", false)]
    [InlineData("1772366400000000-4x", false)]
    [InlineData("9223372036854775807-1", false)] // beyond the calendar
    [InlineData("", false)]
    public void A_position_is_read_as_it_was_written(string text, bool isPosition) =>
        Assert.Equal(isPosition ? text : null, EntryPosition.TryParse(text)?.ToString());

    private void Record(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _log.Record(
                Noon,
                new ActivityEntry
                {
                    ClientId = "app",
                    Endpoint = "GET /2/users/me",
                    Status = 200,
                    Outcome = ActivityEntry.Answered,
                    Duration = TimeSpan.Zero,
                    RequestId = $"{i}",
                }
            );
        }
    }

    private sealed class Rows : IActivityRows
    {
        public bool Fail { get; set; }

        public List<IReadOnlyList<ActivityEntry>> Batches { get; } = [];

        public Task WriteAsync(IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken)
        {
            if (Fail)
                throw new StoreUnavailableException("scripted: no answer");
            Batches.Add(entries);
            return Task.CompletedTask;
        }

        public Task<IReadOnlyList<ActivityEntry>> ReadAsync(ActivityFilter filter, int count, CancellationToken cancellationToken) =>
            throw new NotSupportedException("Nothing is read here.");

        public Task<IReadOnlyList<Usage>> SumAsync(UsageKey by, ActivityFilter filter, int count, CancellationToken cancellationToken) =>
            throw new NotSupportedException("Nothing is read here.");

        public Task MaintainAsync(DateTimeOffset now, TimeSpan keepFor, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
