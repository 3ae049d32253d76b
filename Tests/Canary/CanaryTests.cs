using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OrleansTwitterProxy.Tests.Canary;

/// <summary>No token and no key gets out: not into a log, an answer or a header, and onto the disk only encrypted.</summary>
public sealed class CanaryTests
{
    [Fact]
    public async Task No_secret_is_in_any_log_answer_header_or_file_after_success_and_every_failure()
    {
        await using var journey = await CanaryJourney.StartAsync();
        await journey.RunAsync();
        journey.AddLogs();

        // It was a journey: there is plenty to search, of every kind, and the secrets were in use.
        Assert.Equal(
            ["body", "disk", "headers", "log"],
            journey.Evidence.Places.Select(place => place.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal)
        );
        Assert.Superset(new HashSet<string> { "disk proxy.db", "disk proxy.db-wal" }, journey.Evidence.Places.ToHashSet());
        Assert.Contains(journey.Evidence.Places, place => place.StartsWith("body GET /openapi/v1.json", StringComparison.Ordinal));
        foreach (var list in (string[])["activity", "audit", "usage", "accounts", "clients", "overview"])
            Assert.Contains(journey.Evidence.Places, place => place.StartsWith($"body GET /v1/ops/{list} ", StringComparison.Ordinal));
        Assert.Superset(
            new HashSet<string> { "rate_limited", "circuit_open", "outcome_unknown", "reconnect_needed", "proxy_misconfigured" },
            journey.Reasons.ToHashSet()
        );
        Assert.Contains(journey.Logs.Entries, entry =>
            entry.Level is LogLevel.Trace or LogLevel.Debug && entry.Category.StartsWith("OrleansTwitterProxy", StringComparison.Ordinal)
        );
        Assert.Contains(journey.Logs.Entries, entry =>
            entry.Level is LogLevel.Trace or LogLevel.Debug && entry.Category.StartsWith("Microsoft", StringComparison.Ordinal)
        );
        var atX = journey.SentToX().Find(journey.Secrets);
        Assert.All(
            [
                "an access token in headers",
                "a refresh token in body",
                "a code verifier in body",
                "the client secret in headers",
                "the app's token in headers",
            ],
            use => Assert.Contains(atX, found => found.StartsWith(use, StringComparison.Ordinal))
        );

        Assert.Empty(journey.Evidence.Find(journey.Secrets));
        Assert.DoesNotContain(journey.Evidence.Find(journey.Content), found =>
            found.Contains(" in disk ", StringComparison.Ordinal) || found.Contains("/v1/ops/", StringComparison.Ordinal)
        );
        var handedOver = journey.Evidence.Find(journey.SessionTokens);
        Assert.Equal(journey.SessionTokens.Count, handedOver.Count); // each once,
        // And where it belongs.
        Assert.All(handedOver, found => Assert.Matches("in body (GET /v1/auth/callback|POST /v1/auth/exchange) ", found));
    }

    [Theory]
    [InlineData("log")]
    [InlineData("body")]
    [InlineData("disk")]
    [InlineData("base64")]
    [InlineData("utf-16")]
    public async Task A_secret_that_did_get_out_would_be_found(string where)
    {
        await using var journey = await CanaryJourney.StartAsync();
        var secret = new Secret("a planted token", "planted-token-0a1b2c3d4e5f");
        switch (where)
        {
            case "log":
                journey
                    .Services.GetRequiredService<ILoggerFactory>()
                    .CreateLogger("Planted")
                    .Log(LogLevel.Trace, default, secret.Value, null, (token, _) => $"token {token}");
                break;
            case "body":
                journey.Evidence.Add("body GET /planted", $$"""{"token":"{{secret.Value}}"}""");
                break;
            case "disk":
                await File.WriteAllTextAsync(Path.Combine(journey.DataPath, "proxy.db-planted"), "....." + secret.Value);
                break;
            case "base64":
                journey.Evidence.Add("headers GET /planted", "Basic " + Convert.ToBase64String("id:planted-token-0a1b2c3d4e5f"u8));
                break;
            case "utf-16":
                journey.Evidence.Add("disk planted", System.Text.Encoding.Unicode.GetBytes("x" + secret.Value));
                break;
        }

        journey.AddLogs();
        journey.Evidence.AddFolder(journey.DataPath);

        Assert.NotEmpty(journey.Evidence.Find([secret]));
    }
}
