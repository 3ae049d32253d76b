using Microsoft.Extensions.Primitives;
using Orleans.Dashboard;
using OrleansTwitterProxy.Api.Authentication;

namespace OrleansTwitterProxy.Silo.Ops;

/// <summary>
/// The Orleans dashboard, for operators. It starts with the first request: compressing its pages takes half a second. With one silo, so
/// does <see cref="DashboardCollector"/>.
/// </summary>
internal static class DashboardEndpoints
{
    public const string Path = "/dashboard";

    /// <summary>What its pages load: the package's files. Its diagrams and its markup have inline styles, never scripts.</summary>
    private static readonly StringValues ContentPolicy = new(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
            + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );

    public static void MapDashboard(this WebApplication app)
    {
        var pages = new Lazy<Task<RequestDelegate>>(() => StartAsync(app));
        app.Map(Path + "/{**page}", async context =>
            {
                context.SetEndpoint(null); // the dashboard has its own routing
                context.Response.Headers.ContentSecurityPolicy = ContentPolicy;
                await (await pages.Value)(context);
            })
            .RequireAuthorization(ProxyPolicies.Operator)
            .ExcludeFromDescription();
    }

    private static async Task<RequestDelegate> StartAsync(WebApplication app)
    {
        if (app.Services.GetService<DashboardCollector>() is { } collector)
            await collector.StartAsync(app.Lifetime.ApplicationStopping);
        var branch = new ApplicationBuilder(app.Services);
        branch.UseRouting();
        branch.UseEndpoints(routes => routes.MapOrleansDashboard(Path));
        return branch.Build();
    }
}
