using Orleans.Dashboard;
using OrleansTwitterProxy.Api.Ops;

namespace OrleansTwitterProxy.Silo.Ops;

internal static class DashboardEndpoints
{
    public const string Path = "/dashboard";

    /// <summary>The Orleans dashboard, for whoever has the admin key.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        var key = ActivatorUtilities.CreateInstance<AdminKey>(app.Services);
        app.MapOrleansDashboard(Path).AddEndpointFilter(key);
    }
}
