using System.CommandLine;
using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Settings;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The command <c>Silo backup FILE</c>, also while a proxy runs.</summary>
internal static class BackupCommand
{
    public static Command Create(string[] settings)
    {
        var file = new Argument<string>("FILE") { Description = "The archive to write; readable by its owner alone." };
        var force = new Option<bool>(CommandRunner.Force) { Description = "Overwrite FILE." };
        var final = new Option<bool>(CommandRunner.Final)
        {
            Description = "The last backup before a move: the proxy must be stopped, and is not started on this folder again.",
        };
        var command = new Command("backup", "Writes database and key ring of Proxy:DataPath to one archive. The proxy may run.")
        {
            file,
            force,
            final,
        };
        command.SetAction(
            (result, _) =>
                CommandLine.ExplainAsync(() =>
                    Task.FromResult(Run(settings, result.GetRequiredValue(file), result.GetValue(force), result.GetValue(final)))
                )
        );
        return command;
    }

    /// <summary>The data folder that the settings name.</summary>
    /// <exception cref="StartupException">The database is PostgreSQL.</exception>
    internal static string DataPath(string[] settings)
    {
        var configuration = KnownSettings.CreateBuilder(settings, typeof(SandboxOptions)).Configuration;
        if (!string.IsNullOrEmpty(configuration[$"{ClusterOptions.Section}:{nameof(ClusterOptions.Database)}"]))
        {
            throw new StartupException(
                "Cluster__Database is set: back up PostgreSQL with pg_dump, and restore it with pg_restore and 'Silo restored' (docs/operating/backup.md)."
            );
        }

        return DataFolder.PathOf(configuration);
    }

    private static int Run(string[] settings, string file, bool force, bool final)
    {
        var path = DataPath(settings);
        file = Path.GetFullPath(file);
        if (File.Exists(file) && !force)
            throw new StartupException($"{file} exists. Choose another name, or overwrite it with {CommandRunner.Force}.");
        using var folder = final ? DataFolder.Open(path) : null; // refuses while a proxy runs
        var manifest = BackupArchive.Write(file, path, final, force, TimeProvider.System);
        if (folder is not null)
        {
            using var moved = new StreamWriter(DataFolder.CreateFile(folder.MovedPath));
            moved.Write(
                $"""
                Not started: the data of {path} go on elsewhere: 'Silo backup {CommandRunner.Final}' made {file} of them, and two proxies would spend each other's refresh tokens.
                To go on here after all: Silo restore '{file}' {CommandRunner.Final} {CommandRunner.Force} --Proxy:DataPath '{path}'
                """
            );
        }

        Console.WriteLine($"{file}: {manifest.Accounts} accounts, {manifest.Files.Count - 1} keys, {new FileInfo(file).Length} bytes.");
        Console.WriteLine("Whoever has this file can read the X tokens in it.");
        return 0;
    }
}
