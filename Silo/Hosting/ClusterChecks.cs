using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Silo.Storage;

namespace OrleansTwitterProxy.Silo.Hosting;

/// <summary>What must hold before a process joins the cluster.</summary>
internal static class ClusterChecks
{
    /// <exception cref="StartupException">Something is missing; the message says what to set.</exception>
    public static async Task RequireAsync(ClusterOptions cluster, ListenAddresses listening, WebApplicationBuilder builder)
    {
        if (!cluster.HasDatabase)
        {
            if (cluster.Role is not ClusterRole.All) throw new StartupException($"Not started: Cluster__Role={cluster.Role} needs a cluster to join. Set Cluster__Database to a PostgreSQL connection string.");
            if (!listening.LoopbackOnly) throw new StartupException("Not started: without a database nothing is kept, which serves this machine only. Set Cluster__Database, or listen on 127.0.0.1.");
            await builder.AddSandboxUnlessXIsConfiguredAsync();
            return;
        }

        if (cluster.HasGrains && string.IsNullOrEmpty(builder.Configuration[$"{TwitterOptions.Section}:{nameof(TwitterOptions.ClientId)}"]))
        {
            throw new StartupException(
                """
                Not started: no X credentials are configured, and the silos of a cluster need one X in common.
                Set Twitter__ClientId and Twitter__ClientSecret; to try the cluster without X, run the sandbox ('dotnet run --project Sandbox') and set
                Twitter__ApiBaseUrl and Twitter__AuthorizeUrl to it as well, as deploy/cluster does.
                """);
        }

        var migrate = cluster.MigrateAtStart ?? builder.Environment.IsDevelopment();
        await Migrations.RequireAsync(cluster.Database, migrate, cluster.DatabaseWait);
    }
}
