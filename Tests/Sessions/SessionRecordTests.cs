using System.Text.Json;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Sessions;

public sealed class SessionRecordTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly SessionRecord FullV1 = new()
    {
        Schema = 1,
        AccountId = "1849",
        Username = "ada",
        Grant = new()
        {
            Version = 1772366400000,
            AccessToken = "protected-access",
            RefreshToken = "protected-refresh",
            Scopes = ["tweet.read", "offline.access"],
            ObtainedAt = At,
            ExpiresAt = At + TimeSpan.FromHours(2),
            State = GrantState.RefreshInterrupted,
        },
        Intent = new(1772366400000, "owner", At + TimeSpan.FromHours(1)),
        Sessions = [new("session-1", "app", ["tweet.read"], At), new("session-2", "other", [], At + TimeSpan.FromTicks(1))],
        Revocations = [new("protected-old", "refresh_token")],
        Windows =
        [
            new("POST /2/tweets", WindowKind.AppDay, 10_000, 9_999, At + TimeSpan.FromHours(24)),
            new("GET /2/users/me", WindowKind.FifteenMinutes, 75, 75, null),
        ],
    };

    private static readonly SessionRecord Full = FullV1 with
    {
        Schema = 2,
        Sessions =
        [
            new("session-1", "app", ["tweet.read"], At) { UsedUntil = At + TimeSpan.FromHours(1), CountedFrom = At },
            new("session-2", "other", [], At + TimeSpan.FromTicks(1)) { UsedUntil = At, HandoverBy = At + TimeSpan.FromMinutes(1) },
        ],
        Erasing = true,
    };

    [Fact]
    public void A_record_comes_back_from_JSON_as_it_was()
    {
        var json = JsonSerializer.Serialize(Full, JsonSerializerOptions.Web);
        var back = JsonSerializer.Deserialize<SessionRecord>(json, JsonSerializerOptions.Web)!;
        Assert.Equal(json, JsonSerializer.Serialize(back, JsonSerializerOptions.Web));
        Assert.Equivalent(Full, back, strict: true);
    }

    [Fact]
    public void A_record_of_schema_1_stays_readable()
    {
        var record = JsonSerializer.Deserialize<SessionRecord>(
            CheckedIn.Text("Sessions/session-record-v1.json"),
            JsonSerializerOptions.Web
        );
        Assert.Equivalent(FullV1, record, strict: true);
    }

    [Fact]
    public void What_is_written_today_is_the_schema_that_is_checked_in()
    {
        Assert.Equal(2, SessionRecord.CurrentSchema);
        using var checkedIn = JsonDocument.Parse(CheckedIn.Text("Sessions/session-record-v2.json"));
        Assert.True(JsonElement.DeepEquals(checkedIn.RootElement, JsonSerializer.SerializeToElement(Full, JsonSerializerOptions.Web)));
    }

    [Fact]
    public void The_least_that_was_ever_written_is_readable()
    {
        var record = JsonSerializer.Deserialize<SessionRecord>(
            """{"schema":1,"accountId":"1849","added":{"later":true}}""",
            JsonSerializerOptions.Web
        )!;
        Assert.Equal(
            ("1849", "", null, 0),
            (record.AccountId, record.Username, record.Grant, record.Sessions.Count + record.Revocations.Count + record.Windows.Count)
        );
    }

    [Theory]
    [InlineData(GrantState.Active, 0)]
    [InlineData(GrantState.Rejected, 1)]
    [InlineData(GrantState.RefreshInterrupted, 2)]
    [InlineData(GrantState.Expired, 3)]
    [InlineData(GrantState.Restored, 4)]
    public void Stored_as_a_number_a_grants_state_never_changes_its_number(GrantState state, int number) =>
        Assert.Equal(number, (int)state);

    [Theory]
    [InlineData(WindowKind.FifteenMinutes, 0)]
    [InlineData(WindowKind.AccountDay, 1)]
    [InlineData(WindowKind.AppDay, 2)]
    [InlineData(WindowKind.OneSecond, 3)]
    public void Stored_as_a_number_a_windows_kind_never_changes_its_number(WindowKind kind, int number) => Assert.Equal(number, (int)kind);
}
