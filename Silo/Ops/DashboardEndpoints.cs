using Orleans.Dashboard;
using OrleansTwitterProxy.Api.Authentication;

namespace OrleansTwitterProxy.Silo.Ops;

/// <summary>
/// The Orleans dashboard, for operators. Mapping it compresses its pages, which takes half a second, so it is mapped on the first request.
/// </summary>
internal static class DashboardEndpoints
{
    public const string Path = "/dashboard";

    public static void MapDashboard(this WebApplication app)
    {
        var pages = new Lazy<RequestDelegate>(() => Build(app.Services));
        app.Map(Path + "/{**page}", (HttpContext context) =>
            {
                context.SetEndpoint(null); // the dashboard has its own routing
                return pages.Value(context);
            })
            .RequireAuthorization(ProxyPolicies.Operator)
            .ExcludeFromDescription();
    }

    private static RequestDelegate Build(IServiceProvider services)
    {
        var branch = new ApplicationBuilder(services);
        branch.UseRouting();
        branch.UseEndpoints(routes => routes.MapOrleansDashboard(Path));
        return branch.Build();
    }
}
