using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The web server around X's endpoints. It reads no configuration, so it can run inside another host.</summary>
internal static class SandboxHost
{
    /// <summary>A segment of 16 MiB as base64, plus a margin.</summary>
    private const long MaxRequestBytes = 24 * 1024 * 1024;

    public static WebApplication Build(string url)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Warning);

        // An exception tells the caller why the start failed, so the host need not log it too.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddRouting();
        builder.Services.AddSingleton<MatcherPolicy, CaseSensitivePaths>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.ConfigureHttpJsonOptions(json => SandboxJson.Configure(json.SerializerOptions));
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
            });
        builder.WebHost.UseUrls(url);
        return builder.Build();
    }

    public static void Map(WebApplication app, SandboxWorld world)
    {
        app.Use((http, next) => ProtectAsync(http, next));
        app.UseRouting();
        List<StringSegment> hosts = ["localhost", "127.0.0.1", "[::1]", new Uri(world.Options.Url).Host, .. world.Options.AllowedHosts];
        app.Use((http, next) => HostString.MatchesAny(http.Request.Host.Host, hosts) ? next(http) : RefuseHostAsync(http));
        app.Use((http, next) => Refuse(http, world.Pipeline) ?? next(http));
        foreach (var endpoint in world.Endpoints)
        {
            world.Limits.Register(endpoint.Key, endpoint.Limits);
            app.MapMethods(endpoint.Path, [endpoint.Method], http => world.Pipeline.RunAsync(http, endpoint));
        }
        PhotoEndpoint.Map(app, world.Photos);
        ControlEndpoints.Map(app, world);
    }

    // Of every response: the control API's have tokens in them, and the consent page's URL a state.
    private static Task ProtectAsync(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = ConsentPage.ContentPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        return next(http);
    }

    private static Task RefuseHostAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return http.Response.WriteAsync($"The sandbox does not serve the host '{http.Request.Host.Host}'; see --AllowedHosts.\n");
    }

    /// <summary>
    /// X responds to unknown paths with an empty 404 and to wrong methods with a 405; both have its headers and are counted.
    /// </summary>
    private static Task? Refuse(HttpContext http, ApiPipeline pipeline) =>
        http.GetEndpoint() switch
        {
            _ when http.Request.Path.StartsWithSegments(ControlEndpoints.Root) => null,
            null => pipeline.RefuseUnknownAsync(http),
            RouteEndpoint => null,
            _ => pipeline.RefuseMethodAsync(http),
        };
}
