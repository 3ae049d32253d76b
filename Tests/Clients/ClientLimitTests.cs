using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Clients;

/// <summary>A client's own limits, apart from X's.</summary>
public sealed partial class ClientLimitTests
{
    private const string Slow = "GET /2/users/me";

    [Fact]
    public async Task A_client_that_has_used_up_its_rate_is_refused_and_the_others_are_not()
    {
        await using var proxy = await StartAsync(("TokenLimit", "4"), ("TokensPerPeriod", "1"), ("ReplenishmentPeriod", "01:00:00"));
        var limited = await proxy.SignInAsync("alice"); // its beginning counts
        using var other = proxy.NewClient();
        other.Carry(
            await ProxyHost.ReadAsync(await other.GetAsync(await other.ConsentAsync(await other.BeginAsync(apiKey: "other-key"), "bob")))
        );
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await limited.Http.GetAsync(Accounts.AnyCall)).StatusCode);
        var before = proxy.Sandbox.Counters.Total;

        var refused = await limited.Http.GetAsync(Accounts.AnyCall);

        var problem = await Refusal.ExpectAsync(refused, 429, "client_rate_limited");
        Assert.True(problem.Retryable);
        Assert.InRange(problem.RetryAfter!.Value, 3500, 3600);
        Assert.Contains("Clients:app:TokenLimit", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(
            ("4", "0"),
            (refused.Headers.GetValues("x-rate-limit-limit").Single(), refused.Headers.GetValues("x-rate-limit-remaining").Single())
        );
        await Refusal.ExpectAsync(await limited.Http.GetAsync("/v1/users/me"), 429, "client_rate_limited"); // the simple routes count too
        var asked = await ProxyHost.ReadAsync(
            await limited.Http.PostAsJsonAsync("/v1/dry-run", new { method = "GET", path = "/2/users/me" })
        );
        Assert.Equal((false, "client_rate_limited"), (asked.GetProperty("would_go").GetBoolean(), asked.GetProperty("reason").GetString()));
        Assert.Equal(before, proxy.Sandbox.Counters.Total);
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.OK, (await other.GetAsync(Accounts.AnyCall)).StatusCode);
    }

    [Fact]
    public async Task A_client_has_no_more_calls_under_way_than_it_may_and_a_refusal_costs_no_token()
    {
        await using var proxy = await StartAsync(("PermitLimit", "2"), ("TokenLimit", "5"), ("ReplenishmentPeriod", "01:00:00"));
        var alice = await proxy.SignInAsync("alice");
        var stall = proxy.Sandbox.Faults.Add(new() { Endpoint = Slow, Stall = true });
        var calls = Enumerable.Range(0, 2).Select(_ => alice.Http.GetAsync("/2/users/me")).ToList();
        await proxy.Sandbox.Faults.WaitUntilHitAsync(stall, 2);

        for (var i = 0; i < 5; i++)
        {
            var problem = await Refusal.ExpectAsync(await alice.Http.GetAsync(Accounts.AnyCall), 429, "client_rate_limited");
            Assert.Contains("Clients:app:PermitLimit", problem.Detail, StringComparison.Ordinal);
        }

        proxy.Sandbox.Faults.Remove(stall);
        foreach (var call in calls)
            Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, (await alice.Http.GetAsync(Accounts.AnyCall)).StatusCode);
        await Refusal.ExpectAsync(await alice.Http.GetAsync(Accounts.AnyCall), 429, "client_rate_limited");
    }

    [Fact]
    public async Task Every_route_of_a_client_counts_but_those_that_say_why_not()
    {
        await using var proxy = await StartAsync(("TokenLimit", "1"), ("ReplenishmentPeriod", "01:00:00"));
        var routes = Routes(proxy).ToList();
        Assert.True(routes.Count > 25, "the routes were not found");
        Assert.Equal(
            ["DELETE /v1/session", "POST /v1/dry-run"],
            routes
                .Where(route => route.Why is { Length: > 10 })
                .Select(route => $"{route.Method} {route.Path}")
                .Order(StringComparer.Ordinal)
        );
        using var app = proxy.NewClient();
        var callback = await app.ConsentAsync(await app.BeginAsync()); // which is the one request
        app.Carry(await ProxyHost.ReadAsync(await app.GetAsync(callback)));
        app.DefaultRequestHeaders.Add("X-Api-Key", ProxyHost.ApiKey);

        foreach (var route in routes.Where(route => route.Why is null))
        {
            using var request = new HttpRequestMessage(new(route.Method), Parameter().Replace(route.Path, "1"))
            {
                Headers = { { "Tus-Resumable", "1.0.0" } },
            };
            if (route.Method is not ("GET" or "HEAD"))
                request.Content = new StringContent("{malformed", Encoding.UTF8, "application/json"); // counted before it is read

            using var answer = await app.SendAsync(request);

            Assert.True(answer.StatusCode is HttpStatusCode.TooManyRequests, $"{route.Method} {route.Path}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task Event_streams_and_waits_for_uploads_are_bounded_for_each_client()
    {
        var waits = new Waits();
        await using var proxy = await StartAsync([("StreamLimit", "1")], waits);
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(1_200_000);
        using var hangUp = new CancellationTokenSource();
        var waiting = TweetAsync("wait=600", hangUp.Token);
        await waits.Begun.WaitAsync(TimeSpan.FromSeconds(30));

        var refusal = await Refusal.ExpectAsync(await alice.Http.GetAsync($"{path}/events"), 429, "client_rate_limited");
        Assert.Contains("Clients:app:StreamLimit", refusal.Detail, StringComparison.Ordinal);
        await Refusal.ExpectAsync(await TweetAsync("wait=1", CancellationToken.None), 429, "client_rate_limited");
        await Refusal.ExpectAsync(await TweetAsync(null, CancellationToken.None), 409, "media_not_ready"); // who does not wait takes no place
        Assert.Equal("receiving", (await alice.Http.ProgressAsync(path)).State());

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        HttpResponseMessage? stream = null;
        await Eventually.TrueAsync("the place is free", TimeSpan.FromSeconds(30), async () =>
        {
            stream = await alice.Http.GetAsync($"{path}/events", HttpCompletionOption.ResponseHeadersRead);
            return stream.StatusCode is HttpStatusCode.OK;
        });
        await Refusal.ExpectAsync(await TweetAsync("wait=1", CancellationToken.None), 429, "client_rate_limited");
        stream!.Dispose();

        Task<HttpResponseMessage> TweetAsync(string? prefer, CancellationToken cancellationToken)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tweets")
            {
                Content = JsonContent.Create(new { text = "look", media = new { upload_ids = new[] { TusClient.IdOf(path) } } }),
            };
            if (prefer is not null)
                request.Headers.Add("Prefer", prefer);
            return alice.Http.SendAsync(request, cancellationToken);
        }
    }

    [Fact]
    public async Task An_event_stream_is_one_of_the_calls_that_a_client_has_under_way()
    {
        await using var proxy = await StartAsync(("PermitLimit", "1"));
        var alice = await proxy.SignInAsync("alice");
        var path = await alice.Http.BeginAsync(1_200_000);
        using (await alice.Http.GetAsync($"{path}/events", HttpCompletionOption.ResponseHeadersRead))
            await Refusal.ExpectAsync(await alice.Http.GetAsync(Accounts.AnyCall), 429, "client_rate_limited");
        await Eventually.TrueAsync("the stream has ended", TimeSpan.FromSeconds(30), async () =>
            (await alice.Http.GetAsync(Accounts.AnyCall)).StatusCode is HttpStatusCode.OK
        );
    }

    private static IEnumerable<(string Method, string Path, string? Why)> Routes(ProxyHost proxy) =>
        proxy
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .Where(route => route.Metadata.GetOrderedMetadata<IAuthorizeData>().All(data => data.Policy != ProxyPolicies.Operator))
            .SelectMany(route =>
                route
                    .Metadata.GetMetadata<IHttpMethodMetadata>()!
                    .HttpMethods.Select(method =>
                        (method, "/" + route.RoutePattern.RawText!.Trim('/'), route.Metadata.GetMetadata<NotCounted>()?.Reason)
                    )
            );

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    private static Task<ProxyHost> StartAsync(params (string Name, string Value)[] settings) => StartAsync(settings, null);

    private static Task<ProxyHost> StartAsync((string Name, string Value)[] settings, Waits? waits)
    {
        var all = settings.ToDictionary(setting => "Clients:app:" + setting.Name, setting => setting.Value);
        all["Clients:app:ApiKeys:0"] = ApiKey.Hash(ProxyHost.ApiKey);
        all["Clients:other:ApiKeys:0"] = ApiKey.Hash("other-key");
        return ProxyHost.StartAsync(
            new()
            {
                Clock = new ManualClock(),
                Settings = all,
                Customize = builder =>
                {
                    if (waits is not null)
                        builder.Services.AddSingleton<IOutgoingGrainCallFilter>(waits);
                },
            }
        );
    }

    /// <summary>Says when a call has begun to wait for an upload.</summary>
    private sealed class Waits : IOutgoingGrainCallFilter
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.MethodName == nameof(IMediaUpload.WaitForProgressAsync))
                _begun.TrySetResult();
            return context.Invoke();
        }
    }
}
