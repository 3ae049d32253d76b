using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Standalone;

/// <summary>The whole proxy in one process: front end, embedded engine, and the sandbox where X is not configured.</summary>
public static class StandaloneApplication
{
    /// <param name="args">Configuration as <c>--Section:Name VALUE</c>.</param>
    /// <param name="customize">Runs last before the application is built; null to leave everything as it is.</param>
    /// <exception cref="StartupException">The proxy cannot start; the message says what to do.</exception>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        await builder.AddSandboxUnlessXIsConfiguredAsync();
        builder.AddProxy();
        builder.AddStandaloneEngine();
        customize?.Invoke(builder);

        var app = builder.Build();
        app.UseProxy();
        app.MapProxy();
        return app;
    }
}
