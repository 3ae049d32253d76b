using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Activities;

/// <summary>What is put into the audit before something is done, and what after it has happened.</summary>
public sealed class AuditLogTests : IDisposable
{
    private static readonly AuditEntry Event = new() { Action = AuditActions.SignedIn, AccountId = "42" };

    private readonly ManualClock _clock = new();
    private readonly KeptAudit _rows = new();
    private readonly AuditLog _log;

    public AuditLogTests() => _log = new(_rows, _clock);

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task An_action_is_stored_before_it_is_done_or_refused()
    {
        await _log.RecordAsync(Event, CancellationToken.None);

        var stored = Assert.Single(_rows.Entries);
        Assert.Equal((_clock.GetUtcNow(), "42", Environment.MachineName), (stored.Position.At, stored.AccountId, stored.Node));
        _rows.WritesFail = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _log.RecordAsync(Event, CancellationToken.None));
    }

    [Fact]
    public async Task What_has_happened_waits_until_the_store_has_it_with_the_time_at_which_it_happened()
    {
        var happened = _clock.GetUtcNow();
        _rows.WritesFail = true;
        _log.Note(Event);
        Assert.False(await _log.FlushAsync(CancellationToken.None));
        _clock.Advance(TimeSpan.FromHours(1));
        _rows.WritesFail = false;

        Assert.True(await _log.FlushAsync(CancellationToken.None));

        Assert.Equal(happened, Assert.Single(_rows.Entries).Position.At);
        Assert.Equal((0, 0L), (_log.Unsaved, _log.Lost));
    }

    [Fact]
    public async Task An_entry_whose_answer_was_lost_is_written_again_and_is_there_once()
    {
        _rows.LoseNextAnswer = true;
        _log.Note(Event);
        Assert.False(await _log.FlushAsync(CancellationToken.None));

        Assert.True(await _log.FlushAsync(CancellationToken.None));

        Assert.Single(_rows.Entries);
    }

    [Fact]
    public void More_than_memory_is_kept_for_is_lost_and_counted()
    {
        for (var i = 0; i < AuditLog.Capacity + 2; i++)
            _log.Note(Event);

        Assert.Equal((AuditLog.Capacity, 2L), (_log.Unsaved, _log.Lost));
    }

    [Fact]
    public async Task A_long_detail_is_cut_off()
    {
        await _log.RecordAsync(Event with { Detail = new('a', 5_000) }, CancellationToken.None);

        Assert.Equal(AuditLog.MaxDetail, Assert.Single(_rows.Entries).Detail!.Length);
    }

    [Fact]
    public void Changes_of_clients_are_named_without_their_values_and_keys_by_the_beginning_of_their_hash()
    {
        var (first, second) = (ApiKey.Hash("first"), ApiKey.Hash("second"));
        Dictionary<string, ClientOptions> before = new()
        {
            ["gone"] = new() { ApiKeys = [first] },
            ["kept"] = new() { ApiKeys = [first], Origins = ["https://app.example.com"] },
            ["changed"] = new() { ApiKeys = [first], TokenLimit = 5 },
        };
        Dictionary<string, ClientOptions> after = new()
        {
            ["kept"] = new() { ApiKeys = [first], Origins = ["https://app.example.com"] },
            ["changed"] = new()
            {
                ApiKeys = [second],
                ReturnUrls = ["https://app.example.com/in"],
                TokenLimit = 6,
            },
            ["new"] = new() { ApiKeys = [second] },
        };

        Assert.Equal(
            [
                $"client_changed changed: key {second[..8]} added, key {first[..8]} removed, ReturnUrls, TokenLimit",
                $"client_removed gone: keys {first[..8]}",
                $"client_added new: keys {second[..8]}",
            ],
            ClientChanges.Between(before, after).Select(entry => $"{entry.Action} {entry.ClientId}: {entry.Detail}")
        );
    }
}
