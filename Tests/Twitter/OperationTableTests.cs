using System.Text.Json;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class OperationTableTests
{
    private static readonly EndpointCatalogue Catalogue = new();

    [Fact]
    public void It_has_every_operation_of_X_once()
    {
        Assert.Equal(178, KnownEndpoints.All.Count);
        Assert.Equal(178, KnownEndpoints.All.Select(endpoint => endpoint.OperationId).Distinct().Count());
        Assert.Equal(178, KnownEndpoints.All.Select(Shape).Distinct().Count());
    }

    [Fact]
    public void Every_operation_is_forwarded_with_the_token_of_a_user_or_of_the_app()
    {
        Assert.Equal(42, KnownEndpoints.All.Count(endpoint => endpoint.Callers is Callers.App));
        Assert.DoesNotContain(KnownEndpoints.All, endpoint => endpoint.Callers is Callers.None);
        Assert.All(KnownEndpoints.All, endpoint => Assert.Null(endpoint.NotForwarded));
    }

    [Fact]
    public void Streams_are_marked_and_X_serves_them_to_the_app_alone()
    {
        var streams = KnownEndpoints.All.Where(endpoint => endpoint.IsStream).ToList();

        Assert.Equal(15, streams.Count);
        Assert.Equal(10, streams.Count(stream => stream.IsPartitioned));
        Assert.All(streams, stream => Assert.Equal((Callers.App, "GET"), (stream.Callers, stream.Method)));
    }

    [Fact]
    public void What_users_may_call_needs_scopes_that_a_sign_in_may_ask_for()
    {
        Assert.All(KnownEndpoints.All, endpoint => Assert.All(endpoint.Scopes, scope => Assert.True(Scopes.IsKnown(scope), scope)));
        Assert.Equal(
            ["GET /2/openapi.json", "GET /2/trends/by/woeid/{woeid}", "GET /2/tweets/counts/recent", "POST /2/activity/subscriptions"],
            KnownEndpoints
                .All.Where(endpoint => endpoint.Callers.HasFlag(Callers.User) && endpoint.Scopes.Count == 0)
                .Select(endpoint => endpoint.Key)
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Every_stream_is_the_apps_and_of_the_family_of_streams()
    {
        var streams = KnownEndpoints.All.Where(endpoint => endpoint.IsStream).ToList();
        Assert.Equal(15, streams.Count);
        Assert.All(streams, stream => Assert.Equal((Callers.App, "streams", true), (stream.Callers, stream.Family, stream.IsSafe)));
    }

    [Fact]
    public void The_families_are_few() =>
        Assert.Equal(
            "activity bookmarks broadcasts chat communities compliance dm_conversations dm_events follows likes lists media other retweets "
                + "search spaces streams timelines trends tweets usage users",
            string.Join(' ', EndpointCatalogue.Families)
        );

    [Theory]
    [InlineData("GET /2/tweets", "5000/FifteenMinutes", "3500/FifteenMinutes")]
    [InlineData("POST /2/tweets", "100/FifteenMinutes 10000/AppDay", "")]
    [InlineData("POST /2/users/{id}/likes", "50/FifteenMinutes 1000/AccountDay", "")]
    [InlineData("GET /2/spaces/by/creator_ids", "300/FifteenMinutes 1/OneSecond", "300/FifteenMinutes 1/OneSecond")]
    [InlineData("GET /2/tweets/search/all", "1/OneSecond", "300/FifteenMinutes 1/OneSecond")]
    [InlineData("DELETE /2/dm_events/{event_id}", "300/FifteenMinutes 1500/AccountDay 4000/AppDay", "")]
    [InlineData("GET /2/users/personalized_trends", "10/FifteenMinutes 100/AccountDay 200/AppDay", "200/FifteenMinutes")]
    [InlineData("POST /2/users/{id}/bookmarks/folders", "50/FifteenMinutes", "")]
    [InlineData("GET /2/webhooks", "", "450/FifteenMinutes")]
    [InlineData("GET /2/broadcasts", "", "")]
    public void Windows_are_those_of_the_caller_and_the_day_of_the_app(string key, string firstGuess, string appOnly)
    {
        var endpoint = Catalogue.ByKey(key);
        Assert.Equal((firstGuess, appOnly), (Written(endpoint.FirstGuess), Written(endpoint.AppOnlyWindows)));

        static string Written(IReadOnlyList<PublishedWindow> windows) =>
            string.Join(' ', windows.Select(window => $"{window.Limit}/{window.Kind}"));
    }

    [Theory]
    [InlineData("GET\t/2/a\ta\tuser\t-\ta\t-\t-\t-")]
    [InlineData("GET\t/2/a\ta\tsomebody\t-\ta\t-\t-\t-\t-")]
    [InlineData("GET\t/2/a\ta\tuser\t-\ta\t5/1h\t-\t-\t-")]
    [InlineData("GET\t/2/a\ta\tuser\t-\ta\t5,000/15min\t-\t-\t-")]
    [InlineData("GET\t/2/a\ta\tuser\t-\ta\t5\t-\t-\t-")]
    [InlineData("GET\t/2/a\ta\tuser\t-\ta\t-\t-\tflood\t-")]
    [InlineData("\n")]
    public void A_line_of_another_form_is_refused(string line) =>
        Assert.Throws<FormatException>(() => OperationTable.Parse(new StringReader(line)));

    [Fact]
    public async Task Every_endpoint_of_the_sandbox_is_in_it_with_its_template()
    {
        await using var sandbox = await SandboxServer.StartAsync(new() { Url = "http://127.0.0.1:0" });
        using var http = new HttpClient { BaseAddress = sandbox.BaseAddress };
        var index = JsonElement.Parse(await http.GetStringAsync("/_sandbox"));
        var served = index
            .GetProperty("endpoints")
            .EnumerateArray()
            .Select(key => key.GetString()!)
            .Where(key => key.Contains(" /2/", StringComparison.Ordinal) && !key.Contains("/oauth2/", StringComparison.Ordinal))
            .ToList();

        Assert.True(served.Count > 30, $"{served.Count} endpoints");
        Assert.Empty(served.Select(Shape).Except(KnownEndpoints.All.Select(Shape)));
    }

    [Fact]
    public async Task Every_operation_has_the_price_that_the_sandbox_bills_it_by()
    {
        var prices = await TableOfSandboxAsync("prices.tsv");
        var classes = prices.ToDictionary(row => row[1], row => $"{row[0]}_{row[1]}".Replace(' ', '_'));
        var billed = (await TableOfSandboxAsync("operations.tsv")).ToDictionary(
            row => Shape($"{row[0]} {row[1]}"),
            row => row[^1] is "-" ? null : classes[row[^1]]
        );

        Assert.Contains(KnownEndpoints.All, endpoint => endpoint is { Key: "POST /2/tweets", CostClass: "write_post_create" });
        Assert.All(KnownEndpoints.All, endpoint => Assert.Equal(billed[Shape(endpoint)], endpoint.CostClass));
    }

    private static async Task<List<string[]>> TableOfSandboxAsync(string name)
    {
        using var reader = new StreamReader(typeof(SandboxServer).Assembly.GetManifestResourceStream(name)!);
        return
        [
            .. (await reader.ReadToEndAsync())
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.StartsWith('#'))
                .Skip(1) // the header
                .Select(line => line.Split('\t')),
        ];
    }

    // A parameter's name does not tell endpoints apart.
    internal static string Shape(string key) =>
        string.Join('/', key.Split('/').Select(segment => segment.StartsWith('{') ? "{}" : segment));

    private static string Shape(Endpoint endpoint) => Shape(endpoint.Key);
}
