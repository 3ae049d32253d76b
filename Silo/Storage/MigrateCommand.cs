using System.CommandLine;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The command <c>Silo migrate</c>.</summary>
internal static class MigrateCommand
{
    public static Command Create(string[] args)
    {
        var command = new Command(
            "migrate",
            "Migrates the database (Cluster:Database) to the schema of this version. Several processes may run it at the same time."
        )
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.SetAction((_, _) => RunAsync(args));
        return command;
    }

    private static async Task<int> RunAsync(string[] args)
    {
        var configuration = WebApplication.CreateBuilder(args).Configuration;
        var database = configuration[$"{ClusterOptions.Section}:{nameof(ClusterOptions.Database)}"];
        if (string.IsNullOrEmpty(database))
        {
            await Console.Error.WriteLineAsync("Cluster__Database is not set: there is nothing to migrate.");
            return 1;
        }

        try
        {
            var applied = await Migrations.ApplyAsync(database);
            Console.WriteLine(
                applied == 0
                    ? $"The database already has schema {Migrations.Newest}."
                    : $"Applied {applied} migrations. The database now has schema {Migrations.Newest}."
            );
            return 0;
        }
        catch (StartupException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
