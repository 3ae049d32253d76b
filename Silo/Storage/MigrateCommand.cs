using System.CommandLine;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The command <c>Silo migrate</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create(string[] settings)
    {
        var command = new Command(
            "migrate",
            "Migrates the database (Cluster:Database) to the schema of this version. Several processes may run it at the same time."
        );
        command.SetAction((_, _) => CommandLine.ExplainAsync(() => RunAsync(settings)));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings)
    {
        var configuration = KnownSettings.CreateBuilder(settings, typeof(SandboxOptions)).Configuration;
        var database = configuration[$"{ClusterOptions.Section}:{nameof(ClusterOptions.Database)}"];
        if (string.IsNullOrEmpty(database))
            throw new StartupException("Cluster__Database is not set: there is nothing to migrate.");
        var applied = await Migrations.ApplyAsync(database);
        Console.WriteLine(
            applied == 0
                ? $"The database already has schema {Migrations.Newest}."
                : $"Applied {applied} migrations. The database now has schema {Migrations.Newest}."
        );
        return 0;
    }
}
