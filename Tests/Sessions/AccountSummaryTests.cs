using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Tests.Sessions;

/// <summary>What an operator is told of an account, from its record alone; and how accounts are searched.</summary>
public sealed class AccountSummaryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly GrantRecord Grant = new()
    {
        AccessToken = "sealed-a",
        RefreshToken = "sealed-r",
        Scopes = [],
        ObtainedAt = Noon,
        ExpiresAt = Noon.AddHours(2),
    };

    private static readonly SessionRecord Healthy = new()
    {
        AccountId = "42",
        Username = "alice",
        Grant = Grant,
        Sessions = [new("s1", "web", [], Noon), new("s2", "app", [], Noon), new("s3", "web", [], Noon)],
    };

    [Fact]
    public void A_healthy_account_has_no_trouble()
    {
        var account = Of(Healthy, Noon);

        Assert.Equal((AccountState.Active, null), (account.State, account.Trouble));
        Assert.Equal(("42", "alice", 3, Noon.AddHours(2)), (account.Id, account.Username, account.Sessions, account.AccessTokenExpiresAt));
        Assert.Equal(["app", "web"], account.Clients);
        Assert.Equal(AccountState.Active, Of(Healthy, Noon.AddDays(1)).State); // it is refreshed at the next call
    }

    [Theory]
    [InlineData(GrantState.Rejected, AccountState.Rejected, "sign in again")]
    [InlineData(GrantState.RefreshInterrupted, AccountState.RefreshInterrupted, "sign in again")]
    [InlineData(GrantState.Expired, AccountState.Expired, "offline.access")]
    public void A_grant_that_ended_says_why(GrantState grant, AccountState state, string trouble)
    {
        var account = Of(Healthy with { Grant = Grant with { State = grant } }, Noon);

        Assert.Equal(state, account.State);
        Assert.Contains(trouble, account.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_refresh_token_it_expires_with_its_access_token()
    {
        var record = Healthy with { Grant = Grant with { RefreshToken = null } };

        Assert.Equal(AccountState.Active, Of(record, Noon).State);
        Assert.Equal(AccountState.Expired, Of(record, Noon.AddHours(2)).State);
    }

    [Fact]
    public void What_is_left_of_a_sign_out_is_named()
    {
        var record = Healthy with { Grant = null, Sessions = [], Revocations = [new("sealed", "refresh_token")] };

        Assert.Equal(AccountState.SignedOut, Of(record, Noon).State);
        Assert.Contains("1 token", Of(record, Noon).Trouble, StringComparison.Ordinal);
        Assert.Equal(AccountState.Erasing, Of(record with { Erasing = true }, Noon).State);
    }

    [Fact]
    public void A_refresh_is_trouble_only_when_it_does_not_end()
    {
        var record = Healthy with { Intent = new(1, "owner", Noon) };

        Assert.Null(Of(record, Noon.AddSeconds(30)).Trouble);
        Assert.Contains("has not ended", Of(record, Noon.AddMinutes(2)).Trouble, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{")]
    [InlineData("""{"schema":2}""")]
    public void A_row_that_cannot_be_read_hides_no_other(string? json) =>
        Assert.Equal(AccountState.Unreadable, AccountSummary.Of(AccountRow.Of("42", json), Noon).State);

    [Fact]
    public async Task A_search_reads_its_share_and_says_where_to_go_on()
    {
        var search = new AccountSearch(new Rows(AccountSearch.MaxRead + 1), TimeProvider.System);

        var first = await search.FindAsync(new("last", null, null, 10), CancellationToken.None);
        var second = await search.FindAsync(new("last", null, first.Next, 10), CancellationToken.None);

        Assert.Empty(first.Accounts);
        Assert.Equal(Rows.IdOf(AccountSearch.MaxRead - 1), first.Next);
        Assert.Equal("last", Assert.Single(second.Accounts).Username);
        Assert.Null(second.Next);
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData("user", 4)]
    [InlineData("user", 10)]
    [InlineData("1000", 3)]
    public async Task Pages_have_every_account_once(string? prefix, int limit)
    {
        var search = new AccountSearch(new Rows(12), TimeProvider.System);
        List<string> ids = [];
        string? after = null;
        do
        {
            var page = await search.FindAsync(new(prefix, null, after, limit), CancellationToken.None);
            Assert.True(page.Accounts.Count <= limit);
            ids.AddRange(page.Accounts.Select(account => account.Id));
            after = page.Next;
        } while (after is not null);

        Assert.Equal(Enumerable.Range(0, prefix is "user" ? 11 : 12).Select(Rows.IdOf), ids); // the last is called otherwise
    }

    [Fact]
    public async Task A_whole_id_is_found_at_once_and_once()
    {
        var rows = new Rows(AccountSearch.MaxRead * 2);
        var id = Rows.IdOf((AccountSearch.MaxRead * 2) - 2);

        var page = await new AccountSearch(rows, TimeProvider.System).FindAsync(new(id, null, null, 1), CancellationToken.None);

        Assert.Equal(id, Assert.Single(page.Accounts).Id);
    }

    private static AccountSummary Of(SessionRecord record, DateTimeOffset now) => AccountSummary.Of(new(record.AccountId, record), now);

    /// <summary>Accounts user0, user1, ..., and the one called last.</summary>
    private sealed class Rows(int count) : IAccountRecords
    {
        public static string IdOf(int number) => (1_000_000 + number).ToString(System.Globalization.CultureInfo.InvariantCulture);

        public Task<IReadOnlyList<AccountRow>> ReadAsync(string? after, int take, CancellationToken cancellationToken)
        {
            var first = after is null ? 0 : int.Parse(after, System.Globalization.CultureInfo.InvariantCulture) - 1_000_000 + 1;
            return Task.FromResult<IReadOnlyList<AccountRow>>([.. Enumerable.Range(first, Math.Min(take, count - first)).Select(RowOf)]);
        }

        public Task<AccountRow?> FindAsync(string accountId, CancellationToken cancellationToken)
        {
            var number = int.Parse(accountId, System.Globalization.CultureInfo.InvariantCulture) - 1_000_000;
            return Task.FromResult(number >= 0 && number < count ? RowOf(number) : null);
        }

        private AccountRow RowOf(int number) =>
            new(IdOf(number), Healthy with { AccountId = IdOf(number), Username = number == count - 1 ? "last" : $"user{number}" });
    }
}
