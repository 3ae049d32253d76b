using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// Bare YARP: its forwarder without routes from configuration, health checks or logs; connection pool, server and garbage collector set as
/// those of the proxy.
/// </summary>
internal static class PeersYarp
{
    /// <summary>The bytes that the process has allocated.</summary>
    public const string AllocatedPath = "/allocated";

    public static Command Command()
    {
        var to = new Option<string>("--to") { Required = true };
        var urls = new Option<string>("--urls") { Required = true };
        var command = new Command("yarp") { Hidden = true, Options = { to, urls } };
        command.SetAction(
            (result, cancellationToken) => RunAsync(result.GetRequiredValue(to), result.GetRequiredValue(urls), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(string to, string urls, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls(urls);
        builder.Services.AddHttpForwarder();
        await using var app = builder.Build();
        using var client = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                UseCookies = false,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                UseProxy = false,
                ActivityHeadersPropagator = null,
                EnableMultipleHttp2Connections = true,
            }
        );
        app.MapGet(AllocatedPath, static context => context.Response.WriteAsync($"{GC.GetTotalAllocatedBytes()}"));
        app.MapForwarder("/{**rest}", to, ForwarderRequestConfig.Empty, HttpTransformer.Default, client);
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
