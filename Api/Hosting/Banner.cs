using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The start-up lines: the proxy's address, its configuration, and what to do next.</summary>
public sealed partial class Banner(
    PublicAddress address,
    ProcessDescription process,
    IOptions<TwitterOptions> twitter,
    ClientDirectory clients,
    DevelopmentMode development,
    IConfiguration configuration,
    IHostApplicationLifetime lifetime,
    ILogger<Banner> logger
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Show);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Show()
    {
        var sandbox = configuration.GetValue<bool>(StartupChecks.SandboxActiveKey);
        LogProcess(ProxyVersion.Brief, process.Text);
        if (sandbox)
            LogSandbox(twitter.Value.ApiBaseUrl);
        else
            LogX(twitter.Value.ApiBaseUrl, address.Callback);
        if (development.IsOn && clients.IsDevelopment)
            LogDevelopmentMode(ClientDirectory.DevelopmentKey, OpsOptions.DevelopmentKey);
        else if (clients.IsEmpty)
            LogNobody();
        LogReady(address.Url); // last, so that it is the line on screen
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "OrleansTwitterProxy is ready: open {Url} (API description: {Url}/openapi/v1.json)"
    )]
    private partial void LogReady(string url);

    [LoggerMessage(Level = LogLevel.Information, Message = "This process: version {Version}, {Process}")]
    private partial void LogProcess(string version, string process);

    [LoggerMessage(Level = LogLevel.Information, Message = "X: {ApiBaseUrl}; the callback to register there is {Callback}")]
    private partial void LogX(string apiBaseUrl, string callback);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "X: the built-in sandbox at {ApiBaseUrl}, whose state is lost at exit; set Twitter__ClientId and Twitter__ClientSecret to use the real X"
    )]
    private partial void LogSandbox(string apiBaseUrl);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Development mode: no clients are configured, so the public keys {ApiKey} (API) and {AdminKey} (operators) are open to this machine; create a real one with 'keys new NAME'"
    )]
    private partial void LogDevelopmentMode(string apiKey, string adminKey);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "No clients are configured, so nobody can call the proxy: create one with 'keys new NAME' and configure what it prints"
    )]
    private partial void LogNobody();
}

/// <summary>What a process is and where it keeps its state, in one line for the banner.</summary>
public sealed record ProcessDescription(string Text);
