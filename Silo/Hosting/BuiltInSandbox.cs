using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>Without X credentials, runs the sandbox in this process, as a separate web server on loopback.</summary>
public static class BuiltInSandbox
{
    /// <summary>Starts the sandbox when <c>Twitter:ClientId</c> is empty, and configures the proxy for it.</summary>
    public static async Task AddSandboxUnlessXIsConfiguredAsync(this WebApplicationBuilder builder)
    {
        if (!string.IsNullOrEmpty(builder.Configuration[$"{TwitterOptions.Section}:{nameof(TwitterOptions.ClientId)}"]))
            return;
        var section = builder.Configuration.GetSection("Sandbox");
        var options = section.Get<SandboxOptions>() ?? new();
        var server = await StartAsync(options, isChosen: section[nameof(SandboxOptions.Url)] is not null);
        var url = server.BaseAddress.GetLeftPart(UriPartial.Authority);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                [StartupChecks.SandboxActiveKey] = "true",
                [$"{TwitterOptions.Section}:{nameof(TwitterOptions.ClientId)}"] = options.ClientId,
                [$"{TwitterOptions.Section}:{nameof(TwitterOptions.ClientSecret)}"] = options.ClientSecret,
                [$"{TwitterOptions.Section}:{nameof(TwitterOptions.BearerToken)}"] = options.BearerToken,
                [$"{TwitterOptions.Section}:{nameof(TwitterOptions.ApiBaseUrl)}"] = url,
                [$"{TwitterOptions.Section}:{nameof(TwitterOptions.AuthorizeUrl)}"] = url + "/i/oauth2/authorize",
            }
        );
        builder.Services.AddSingleton(server);
        builder.Services.AddHostedService<StopWithProxy>();
    }

    // An address that nobody has chosen may be taken: the proxy is configured with the actual one.
    private static async Task<SandboxServer> StartAsync(SandboxOptions options, bool isChosen)
    {
        try
        {
            return await SandboxServer.StartAsync(options);
        }
        catch (ArgumentException e)
        {
            throw new StartupException($"Not started: the settings of the section Sandbox are not valid. {e.Message}");
        }
        catch (IOException) when (!isChosen)
        {
            options.Url = "http://127.0.0.1:0";
            return await SandboxServer.StartAsync(options);
        }
        catch (IOException e)
        {
            throw new StartupException(
                $"Not started: the built-in sandbox stands in for X, and {e.Message}. Choose another address with --Sandbox:Url, or leave it out."
            );
        }
    }

    private sealed class StopWithProxy(SandboxServer server) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        // Registered first, so it stops last: calls in flight can still reach it.
        public async Task StopAsync(CancellationToken cancellationToken) => await server.DisposeAsync();
    }
}
