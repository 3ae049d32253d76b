using System.Text.Json;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.SignIn;

public sealed class SignInRecordTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly SignInRecord Full = new()
    {
        Request = new("app", "https://app.example.com/cb", ["tweet.read", "users.read"], "https://proxy.example.com/v1/auth/callback"),
        CodeVerifier = "protected-verifier",
        ExpiresAt = At + TimeSpan.FromMinutes(10),
        Stage = SignInStage.Completed,
        Owner = "owner",
        CodeHash = "code-hash",
        Session = new("app", "session-1", new("1849", "ada"), ["tweet.read"], ["users.read"]),
        HandoffHash = "hash",
        HandoffExpiresAt = At + TimeSpan.FromMinutes(1),
    };

    [Fact]
    public void A_record_comes_back_from_JSON_as_it_was()
    {
        var json = JsonSerializer.Serialize(Full, JsonSerializerOptions.Web);
        Assert.Equivalent(Full, JsonSerializer.Deserialize<SignInRecord>(json, JsonSerializerOptions.Web), strict: true);
    }

    [Fact]
    public void A_record_of_schema_1_stays_readable()
    {
        var record = JsonSerializer.Deserialize<SignInRecord>(CheckedIn.Text("SignIn/sign-in-record-v1.json"), JsonSerializerOptions.Web);
        Assert.Equivalent(Full with { Schema = 1 }, record, strict: true);
    }

    [Fact]
    public void What_is_written_today_is_the_schema_that_is_checked_in()
    {
        Assert.Equal(1, SignInRecord.CurrentSchema);
        using var checkedIn = JsonDocument.Parse(CheckedIn.Text("SignIn/sign-in-record-v1.json"));
        Assert.True(JsonElement.DeepEquals(checkedIn.RootElement, JsonSerializer.SerializeToElement(Full, JsonSerializerOptions.Web)));
    }

    [Theory]
    [InlineData(SignInStage.Pending, 0)]
    [InlineData(SignInStage.Exchanging, 1)]
    [InlineData(SignInStage.Opening, 2)]
    [InlineData(SignInStage.Completed, 3)]
    [InlineData(SignInStage.HandedOver, 4)]
    [InlineData(SignInStage.Failed, 5)]
    public void Stored_as_a_number_a_stage_never_changes_its_number(SignInStage stage, int number) => Assert.Equal(number, (int)stage);
}
