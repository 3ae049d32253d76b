using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class SessionJournalTests : IDisposable
{
    private readonly ScriptedStore<SessionRecord> _store = new();
    private readonly SessionJournal _journal;

    public SessionJournalTests() => _journal = new("42", _store);

    public void Dispose() => _journal.Dispose();

    [Fact]
    public async Task The_record_is_read_once()
    {
        _store.Put("42", Named("ada"));
        for (var i = 0; i < 3; i++)
            await _journal.LoadAsync(CancellationToken.None);
        Assert.Equal("ada", _journal.Current?.Username);
        Assert.Equal(1, _store.Loads);
    }

    [Fact]
    public async Task An_account_nobody_signed_in_to_is_read_once_too()
    {
        for (var i = 0; i < 3; i++)
            await _journal.LoadAsync(CancellationToken.None);
        Assert.Null(_journal.Current);
        Assert.Equal(1, _store.Loads);
    }

    [Fact]
    public async Task A_change_is_saved_and_then_seen()
    {
        var saved = await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        Assert.Equal("ada", saved?.Username);
        Assert.Same(saved, _journal.Current);
        Assert.Equal("ada", _store["42"]?.Username);
    }

    [Fact]
    public async Task While_a_save_is_under_way_readers_see_what_was_saved_last()
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        var (reached, release) = _store.HoldNextWrite();
        var update = _journal.UpdateAsync(record => record! with { Username = "grace" }, CancellationToken.None);
        await reached;
        Assert.Equal("ada", _journal.Current?.Username);
        release.SetResult();
        await update;
        Assert.Equal("grace", _journal.Current?.Username);
    }

    [Fact]
    public async Task Changes_stand_in_line_and_none_is_lost()
    {
        await _journal.UpdateAsync(_ => Named(""), CancellationToken.None);
        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ =>
                    Task.Run(() =>
                        _journal.UpdateAsync(record => record! with { Username = record.Username + "x" }, CancellationToken.None)
                    )
                )
        );
        Assert.Equal(new string('x', 50), _store["42"]?.Username);
    }

    [Fact]
    public async Task A_change_that_returns_its_argument_saves_nothing()
    {
        _store.Put("42", Named("ada"));
        Assert.Equal("ada", (await _journal.UpdateAsync(record => record, CancellationToken.None))?.Username);
        Assert.Equal(0, _store.Writes);
    }

    [Fact]
    public async Task A_change_that_leaves_nothing_nothing_saves_nothing()
    {
        Assert.Null(await _journal.UpdateAsync(record => record, CancellationToken.None));
        Assert.Equal(0, _store.Writes);
    }

    [Fact]
    public async Task A_change_to_null_forgets_the_record()
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        Assert.Null(await _journal.UpdateAsync(_ => null, CancellationToken.None));
        Assert.Null(_store["42"]);
        Assert.Null(_journal.Current);
        await _journal.UpdateAsync(_ => Named("grace"), CancellationToken.None);
        Assert.Equal("grace", _store["42"]?.Username);
    }

    [Fact]
    public async Task After_a_conflict_the_change_is_applied_to_what_the_other_left()
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        _store.Put("42", Named("grace"));
        List<string?> seen = [];
        await _journal.UpdateAsync(
            record =>
            {
                seen.Add(record?.Username);
                return record! with { Username = record.Username + "!" };
            },
            CancellationToken.None
        );
        Assert.Equal(["ada", "grace"], seen);
        Assert.Equal("grace!", _store["42"]?.Username);
    }

    [Fact]
    public async Task After_a_conflict_a_change_that_no_longer_applies_saves_nothing()
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        _store.Put("42", Named("grace"));
        var now = await _journal.UpdateAsync(
            record => record?.Username == "ada" ? record with { Username = "x" } : record,
            CancellationToken.None
        );
        Assert.Equal("grace", now?.Username);
        Assert.Equal("grace", _store["42"]?.Username);
        Assert.Equal("grace", _journal.Current?.Username);
    }

    [Fact]
    public async Task A_record_that_another_deleted_is_seen_as_gone()
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        _store.Remove("42");
        Assert.Null(await _journal.UpdateAsync(record => record is null ? null : record with { Username = "x" }, CancellationToken.None));
        Assert.Null(_store["42"]);
    }

    [Fact]
    public async Task Conflicts_without_end_are_told_as_an_unavailable_store()
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        _store.BeforeSave = () => _store.Put("42", Named("grace"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            _journal.UpdateAsync(record => record! with { Username = "x" }, CancellationToken.None)
        );
        _store.BeforeSave = null;
        await _journal.UpdateAsync(record => record! with { Username = record.Username + "!" }, CancellationToken.None);
        Assert.Equal("grace!", _store["42"]?.Username);
    }

    [Theory]
    [InlineData(false, "ada!")]
    [InlineData(true, "lost!")]
    public async Task After_a_failed_save_the_next_change_starts_from_what_became_of_it(bool tookEffect, string expected)
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        _store.FailWrite(1, tookEffect);
        await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            _journal.UpdateAsync(record => record! with { Username = "lost" }, CancellationToken.None)
        );
        Assert.Equal("ada", _journal.Current?.Username);
        await _journal.UpdateAsync(record => record! with { Username = record.Username + "!" }, CancellationToken.None);
        Assert.Equal(expected, _store["42"]?.Username);
    }

    [Fact]
    public async Task After_a_failed_save_a_load_reads_what_became_of_it()
    {
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        _store.FailWrite(1, tookEffect: true);
        await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            _journal.UpdateAsync(record => record! with { Username = "lost" }, CancellationToken.None)
        );
        await _journal.LoadAsync(CancellationToken.None);
        Assert.Equal("lost", _journal.Current?.Username);
    }

    [Fact]
    public async Task A_failed_load_is_tried_again_by_the_next_call()
    {
        _store.Put("42", Named("ada"));
        _store.LoadsFail = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _journal.LoadAsync(CancellationToken.None).AsTask());
        _store.LoadsFail = false;
        await _journal.LoadAsync(CancellationToken.None);
        Assert.Equal("ada", _journal.Current?.Username);
    }

    [Fact]
    public async Task A_change_that_throws_lets_the_next_one_in()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            _journal.UpdateAsync(_ => throw new InvalidOperationException(), CancellationToken.None)
        );
        await _journal.UpdateAsync(_ => Named("ada"), CancellationToken.None);
        Assert.Equal("ada", _store["42"]?.Username);
    }

    [Fact]
    public async Task Waiting_in_line_can_be_given_up_but_a_save_under_way_is_finished()
    {
        var (reached, release) = _store.HoldNextWrite();
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var saving = _journal.UpdateAsync(_ => Named("ada"), first.Token);
        await reached;
        var waiting = _journal.UpdateAsync(_ => Named("grace"), second.Token);
        await first.CancelAsync();
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        release.SetResult();
        await saving;
        Assert.Equal("ada", _store["42"]?.Username);
    }

    private static SessionRecord Named(string username) => new() { AccountId = "42", Username = username };
}
