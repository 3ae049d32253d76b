using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Tests.Sessions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>What somebody without a valid credential can make the proxy do: no grain, no storage, and no work that is done again.</summary>
public sealed class StrangersTests(StrangersTests.WatchedProxy shared) : IClassFixture<StrangersTests.WatchedProxy>
{
    private readonly ProxyHost _proxy = shared.Host;

    [Fact]
    public async Task A_made_up_state_is_refused_without_a_grain_call_or_a_look_at_the_keys()
    {
        var real = (await _proxy.Http.BeginAsync()).Query("state")!;
        var states = new List<string>
        {
            Pkce.RandomValue(), // as the states of the version before
            "a" + real[1..],
            real[..^2],
            real + "AA",
            new SignInStates(new EphemeralDataProtectionProvider()).Of(Pkce.RandomValue()),
            (await _proxy.SignInAsync("alice")).Token["otps_".Length..],
        };
        states.AddRange(Enumerable.Range(0, 100).Select(_ => OfUnknownKey(real)));
        var before = (shared.GrainCalls, shared.KeyReads);

        foreach (var state in states)
        {
            using var code = await _proxy.Http.GetAsync($"/v1/auth/callback?code=a&state={state}");
            var refusal = await Refusal.ExpectAsync(code, 400, "sign_in_unknown");
            Assert.Contains("Start again", refusal.Detail, StringComparison.Ordinal);
            await Refusal.ExpectAsync(await _proxy.Http.ExchangeAsync($"{state}.{Pkce.RandomValue()}"), 400, "handoff_invalid");
        }

        Assert.Equal(before.GrainCalls, shared.GrainCalls);
        Assert.InRange(shared.KeyReads - before.KeyReads, 0, 12); // one in five seconds, should this take a minute
    }

    [Fact]
    public async Task Forged_session_tokens_of_unknown_keys_do_not_have_the_key_ring_read_again_and_again()
    {
        var token = (await _proxy.SignInAsync("bob")).Token["otps_".Length..];
        var before = shared.KeyReads;

        for (var i = 0; i < 200; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/session");
            request.Headers.Authorization = new("Bearer", $"otps_{OfUnknownKey(token)}");
            using var answer = await _proxy.Http.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests, $"{answer.StatusCode}");
        }

        Assert.InRange(shared.KeyReads - before, 0, 12);
    }

    [Fact]
    public async Task The_API_description_is_made_once_whatever_a_request_varies()
    {
        string? first = null;
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/openapi/v1.json?x={i}");
            request.Headers.Host = i % 2 == 0 ? $"localhost:{i + 1}" : null;
            request.Headers.Authorization = new("Bearer", $"{i}");
            request.Headers.CacheControl = new() { NoCache = true };
            var body = await (await _proxy.Http.SendAsync(request)).Content.ReadAsStringAsync();
            Assert.Equal(first ??= body, body);
        }

        Assert.Equal(1, shared.Descriptions);
        using var known = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
        known.Headers.IfNoneMatch.Add((await _proxy.Http.GetAsync("/openapi/v1.json")).Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await _proxy.Http.SendAsync(known)).StatusCode);
    }

    [Fact]
    public async Task Those_who_ask_at_once_whether_the_process_is_ready_share_one_run_of_the_checks()
    {
        var (runs, end) = (0, new TaskCompletionSource<HealthCheckResult>());
        var services = new ServiceCollection();
        services.AddLogging();
        services
            .AddHealthChecks()
            .AddAsyncCheck(
                "database",
                () =>
                {
                    runs++;
                    return end.Task;
                },
                [HealthEndpoints.ReadyTag]
            );
        await using var provider = services.BuildServiceProvider();
        using var readiness = new Readiness(
            provider.GetRequiredService<HealthCheckService>(),
            AccountBench.NewMetrics(),
            NullLogger<Readiness>.Instance
        );

        var asked = Enumerable.Range(0, 20).Select(_ => readiness.CheckAsync(CancellationToken.None)).ToList();
        end.SetResult(HealthCheckResult.Unhealthy());

        Assert.All(await Task.WhenAll(asked), report => Assert.Equal(HealthStatus.Unhealthy, report.Status));
        Assert.Equal(1, runs);
        await readiness.CheckAsync(CancellationToken.None);
        Assert.Equal(2, runs); // nothing is kept
    }

    private static string OfUnknownKey(string value)
    {
        var payload = Base64Url.DecodeFromChars(value);
        RandomNumberGenerator.Fill(payload.AsSpan(4, 16));
        return Base64Url.EncodeToString(payload);
    }

    /// <summary>A proxy that counts its grain calls, its reads of the key ring's folder, and the API descriptions that it makes.</summary>
    public sealed class WatchedProxy : SharedProxy, IOutgoingGrainCallFilter
    {
        private int _grainCalls;
        private int _keyReads;
        private int _descriptions;

        private protected override ProxySetup Setup =>
            new()
            {
                Customize = builder =>
                {
                    builder.Services.AddSingleton<IOutgoingGrainCallFilter>(this);
                    builder.Services.PostConfigure<KeyManagementOptions>(options =>
                        options.XmlRepository = new Repository(this, options.XmlRepository!)
                    );
                    builder.Services.Configure<OpenApiOptions>("v1", options => options.AddDocumentTransformer(
                            (_, _, _) =>
                            {
                                Interlocked.Increment(ref _descriptions);
                                return Task.CompletedTask;
                            }
                        ));
                },
            };

        internal int GrainCalls => Volatile.Read(ref _grainCalls);

        internal int KeyReads => Volatile.Read(ref _keyReads);

        internal int Descriptions => Volatile.Read(ref _descriptions);

        public Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.InterfaceName.Contains("SignIn", StringComparison.Ordinal))
                Interlocked.Increment(ref _grainCalls);
            return context.Invoke();
        }

        private sealed class Repository(WatchedProxy proxy, IXmlRepository inner) : IXmlRepository
        {
            public IReadOnlyCollection<XElement> GetAllElements()
            {
                Interlocked.Increment(ref proxy._keyReads);
                return inner.GetAllElements();
            }

            public void StoreElement(XElement element, string friendlyName) => inner.StoreElement(element, friendlyName);
        }
    }
}
