using System.CommandLine;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Settings;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The command <c>Silo restored</c>: what pg_restore has restored may be used from now on.</summary>
internal static class RestoredCommand
{
    public static Command Create(string[] settings)
    {
        var final = new Option<bool>(CommandRunner.Final)
        {
            Description = "The original was stopped before the dump and has not run since.",
        };
        var command = new Command(
            "restored",
            "After pg_restore into Cluster:Database, with every proxy stopped: the backup's refresh tokens are not used, because they may have been spent since."
        )
        {
            final,
        };
        command.SetAction((result, _) => CommandLine.ExplainAsync(() => RunAsync(settings, result.GetValue(final))));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, bool final)
    {
        var configuration = KnownSettings.CreateBuilder(settings, typeof(SandboxOptions)).Configuration;
        var database = configuration[$"{ClusterOptions.Section}:{nameof(ClusterOptions.Database)}"];
        if (string.IsNullOrEmpty(database))
            throw new StartupException("Cluster__Database is not set. For a single process there is 'Silo restore FILE'.");
        await Migrations.RequireAsync(database, migrate: true, TimeSpan.Zero);
        await PostgresIncarnation.MarkAsync(database, final ? null : Incarnation.Next());
        Console.WriteLine(
            final
                ? "The database goes on here. Do not start a proxy on the original again."
                : "The database goes on here. Sessions live until their access tokens end; then their users sign in again."
        );
        return 0;
    }
}
