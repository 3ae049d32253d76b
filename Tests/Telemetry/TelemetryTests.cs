using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Telemetry;

/// <summary>What Prometheus and an OpenTelemetry collector get.</summary>
public sealed partial class TelemetryTests(MeasuredProxy proxy) : IClassFixture<MeasuredProxy>
{
    private const string Calls =
        "otp_call_duration_seconds_count{otel_scope_name=\"OrleansTwitterProxy\",family=\"users\",outcome=\"success\"}";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Metrics_need_the_admin_key_at_the_proxys_own_address()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await proxy.Http.GetAsync("/metrics")).StatusCode);

        Assert.Contains("otp_queue_calls", await proxy.PageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_need_no_key_at_their_own_address_where_nothing_else_is_served()
    {
        using var http = new HttpClient { BaseAddress = proxy.MetricsUrl };

        var page = await http.GetStringAsync("/metrics");

        Assert.Contains("otp_queue_calls", page, StringComparison.Ordinal);
        foreach (var path in new[] { "/v1/ops/circuit", "/", "/healthz/live", "/2/users/me" })
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Every_line_of_the_page_has_prometheus_form()
    {
        await MakeCallAsync();

        var lines = (await proxy.PageAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Matches(PrometheusLine(), line));
    }

    [Fact]
    public async Task A_call_counts_once_for_its_family_and_once_for_its_client()
    {
        const string OfClient = "otp_client_calls_total{otel_scope_name=\"OrleansTwitterProxy\",client=\"shop\",outcome=\"success\"}";
        using var ada = await proxy.SignInAsync("ada");
        await ada.GetAsync("/2/users/me");
        await WhenOnPageAsync(Calls, 1);
        var (calls, ofClient) = (await ValueAsync(Calls), await ValueAsync(OfClient));

        await ada.GetAsync("/2/users/me");

        await WhenOnPageAsync(Calls, calls + 1);
        Assert.Equal(ofClient + 1, await ValueAsync(OfClient));
    }

    [Fact]
    public async Task A_refused_request_is_counted_by_its_reason()
    {
        const string Series = "otp_rejections_total{otel_scope_name=\"OrleansTwitterProxy\",reason=\"session_missing\"}";

        await proxy.Http.GetAsync("/2/users/me");

        await WhenOnPageAsync(Series, 1);
    }

    [Fact]
    public async Task More_accounts_and_paths_make_no_more_series()
    {
        await MakeCallsOfAsync("first");
        await WhenOnPageAsync(Calls, 1);
        var before = SeriesOf(await proxy.PageAsync());
        var calls = await ValueAsync(Calls);

        for (var i = 0; i < 20; i++)
            await MakeCallsOfAsync($"user{i}");

        await WhenOnPageAsync(Calls, calls + 20);
        Assert.Equal(before, SeriesOf(await proxy.PageAsync()));
    }

    [Fact]
    public async Task A_collector_gets_the_numbers_that_the_page_has()
    {
        await MakeCallAsync();
        await WhenOnPageAsync(Calls, 1);

        var onPage = (long)await ValueAsync(Calls);

        await Eventually.TrueAsync("the collector has as many", Soon, () =>
            Task.FromResult(
                proxy.Collector.Counts.TryGetValue("otp.call.duration family=users outcome=success", out var sent) && sent >= onPage
            )
        );
    }

    [Fact]
    public async Task One_trace_goes_from_the_caller_through_front_end_and_grain_to_X()
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        var caller = ActivitySpanId.CreateRandom().ToHexString();
        using var ada = await proxy.SignInAsync("ada");
        using var call = new HttpRequestMessage(HttpMethod.Get, "/2/users/me")
        {
            Headers = { { "traceparent", $"00-{trace}-{caller}-01" } },
        };

        (await ada.SendAsync(call)).EnsureSuccessStatusCode();

        List<OtlpSpan> Spans() => [.. proxy.Collector.Spans.Where(span => span.TraceId == trace)];
        await Eventually.TrueAsync("the collector has the request's span", Soon, () =>
            Task.FromResult(Spans().Exists(span => span.ParentId == caller))
        );
        var atX = Assert.Single(Spans(), span => span.Source == ProxyTraces.SourceName);
        Assert.Equal("GET /2/users/me", atX.Name);
        var path = PathTo(atX, Spans());
        Assert.Equal(("Microsoft.AspNetCore", caller), (path[0].Source, path[0].ParentId));
        Assert.Contains(path, span => span.Name.EndsWith("IUserSession/SendAsync", StringComparison.Ordinal));
        Assert.DoesNotContain(proxy.Collector.Spans, span => span.Name.StartsWith("Orleans.", StringComparison.Ordinal));
        Assert.Contains(proxy.X.Calls, received =>
            received.Headers.TryGetValue("traceparent", out var sent) && sent == $"00-{trace}-{atX.SpanId}-01"
        );
    }

    [Fact]
    public async Task What_is_sent_and_shown_has_no_token_no_query_and_no_text()
    {
        using var ada = await proxy.SignInAsync("ada");
        await ada.GetAsync("/2/tweets/search/recent?query=canary-query");
        await ada.PostAsJsonAsync("/v1/tweets", new { text = "canary-text" });
        await proxy.Http.GetAsync("/v1/auth/callback?state=canary-state&code=canary-code");

        await Eventually.TrueAsync("the collector has the search", Soon, () =>
            Task.FromResult(proxy.Collector.Spans.Any(span => span.Name == "GET /2/tweets/search/recent"))
        );
        var told = string.Concat(proxy.Collector.Bodies.Select(Encoding.Latin1.GetString)) + await proxy.PageAsync();
        Assert.DoesNotContain("canary", told, StringComparison.Ordinal);
        Assert.DoesNotContain(ada.DefaultRequestHeaders.Authorization!.Parameter!, told, StringComparison.Ordinal);
        Assert.DoesNotContain("sandbox-secret", told, StringComparison.Ordinal);
        Assert.NotEmpty(proxy.Tokens);
        Assert.All(proxy.Tokens, token => Assert.DoesNotContain(token, told, StringComparison.Ordinal));
        Assert.DoesNotContain(ProxyHost.ApiKey, told, StringComparison.Ordinal);
    }

    private async Task MakeCallAsync()
    {
        using var ada = await proxy.SignInAsync("ada");
        (await ada.GetAsync("/2/users/me")).EnsureSuccessStatusCode();
    }

    // One of each: a known path, one with an id, one that nobody knows, a text, a route that is not there.
    private async Task MakeCallsOfAsync(string user)
    {
        using var http = await proxy.SignInAsync(user);
        await http.GetAsync("/2/users/me");
        await http.GetAsync("/2/tweets/1");
        await http.GetAsync($"/2/unknown/{user}");
        await http.PostAsJsonAsync("/v1/tweets", new { text = user });
        await proxy.Http.GetAsync($"/no/such/{user}");
    }

    private async Task WhenOnPageAsync(string series, double atLeast) =>
        await Eventually.TrueAsync($"{series} is {atLeast}", Soon, async () => await ValueAsync(series) >= atLeast);

    // Zero: not there yet.
    private async Task<double> ValueAsync(string series) =>
        (await proxy.PageAsync()).Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line
            ? double.Parse(line[(series.Length + 1)..].Split(' ')[0], CultureInfo.InvariantCulture)
            : 0;

    // Our own, and without those that only say how X or the store fares: one may appear at any time.
    private static string[] SeriesOf(string page) =>
        [
            .. page.Split('\n')
                .Where(line => line.StartsWith("otp_", StringComparison.Ordinal))
                .Select(line => line[..line.LastIndexOf('}')])
                .Order(StringComparer.Ordinal),
        ];

    private static List<OtlpSpan> PathTo(OtlpSpan span, List<OtlpSpan> spans)
    {
        List<OtlpSpan> path = [span];
        while (spans.Find(parent => parent.SpanId == path[0].ParentId) is { } parent)
            path.Insert(0, parent);
        return path;
    }

    [GeneratedRegex(
        """^(# (HELP|TYPE|UNIT|EOF).*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)*\})? [0-9eE+.NaInf-]+( [0-9]+)?)$"""
    )]
    private static partial Regex PrometheusLine();
}
