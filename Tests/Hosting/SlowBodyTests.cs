using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Hosting;

/// <summary>
/// A body that comes too slowly is ended by Kestrel, by its own clock: what is looked at is the rate that it holds each request to.
/// </summary>
public sealed class SlowBodyTests(SlowBodyTests.WatchedProxy shared) : FreshAccountTest(shared), IClassFixture<SlowBodyTests.WatchedProxy>
{
    [Theory]
    [InlineData("POST", "/2/tweets", 5)]
    [InlineData("POST", "/v1/tweets", 5)]
    [InlineData("POST", "/v1/auth/authorize", 5)]
    [InlineData("PATCH", "", 60)] // a phone may be silent for a while
    [InlineData("POST", "/v1/media", 60)]
    public async Task Every_body_has_a_lowest_rate(string method, string path, int graceSeconds)
    {
        if (path.Length == 0)
            path = await Alice.Http.BeginAsync(1000);
        using var request = TusClient.Request(
            new(method),
            path,
            ("Upload-Offset", "0"),
            ("Upload-Length", "10"),
            ("Upload-Metadata", "filetype dmlkZW8vbXA0"),
            ("X-Api-Key", ProxyHost.ApiKey)
        );
        request.Content = new ByteArrayContent(TusClient.Video(40)[..10])
        {
            Headers =
            {
                ContentType = new(
                    path.StartsWith("/v1/media", StringComparison.Ordinal) ? "application/offset+octet-stream" : "application/json"
                ),
            },
        };

        using var answer = await Alice.Http.SendAsync(request);

        Assert.Equal((240, graceSeconds), shared.Rates[$"{method} {path}"]);
    }

    public sealed class WatchedProxy : SharedProxy, IStartupFilter
    {
        internal ConcurrentDictionary<string, (double BytesPerSecond, double GraceSeconds)?> Rates { get; } = new();

        private protected override ProxySetup Setup => new() { Customize = builder => builder.Services.AddSingleton<IStartupFilter>(this) };

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    async (context, following) =>
                    {
                        await following(context);
                        var rate = context.Features.Get<IHttpMinRequestBodyDataRateFeature>()?.MinDataRate;
                        Rates[$"{context.Request.Method} {context.Request.Path}"] = rate is null
                            ? null
                            : (rate.BytesPerSecond, rate.GracePeriod.TotalSeconds);
                    }
                );
                next(app);
            };
    }
}
