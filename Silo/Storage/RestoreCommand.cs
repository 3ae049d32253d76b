using System.CommandLine;
using System.Globalization;
using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Settings;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The command <c>Silo restore FILE</c>.</summary>
internal static class RestoreCommand
{
    public static Command Create(string[] settings)
    {
        var file = new Argument<string>("FILE") { Description = "An archive of 'Silo backup'." };
        var force = new Option<bool>(CommandRunner.Force) { Description = "Replace the database that is there." };
        var final = new Option<bool>(CommandRunner.Final)
        {
            Description = "FILE was made with --final, and no proxy has run on its data since: refresh tokens may be spent.",
        };
        var command = new Command(
            "restore",
            "Restores database and key ring to Proxy:DataPath. No proxy may run there. The backup's refresh tokens are not used, because they may have been spent since."
        )
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

    private static int Run(string[] settings, string file, bool force, bool final)
    {
        var path = BackupCommand.DataPath(settings);
        using var folder = DataFolder.Open(path, evenIfMoved: true); // refuses while a proxy runs
        if (File.Exists(folder.DatabasePath) && !force)
        {
            throw new StartupException(
                $"{folder.DatabasePath} exists. Choose an empty folder with --Proxy:DataPath, or replace it with {CommandRunner.Force}."
            );
        }

        var unpacked = Directory.CreateDirectory(Path.Combine(path, "restoring")).FullName;
        try
        {
            foreach (var left in Directory.GetFiles(unpacked))
                File.Delete(left);
            var manifest = BackupArchive.Read(file, unpacked);
            if (final && !manifest.IsFinal)
            {
                throw new StartupException(
                    $"{file} was made while the proxy could go on, not with 'Silo backup {CommandRunner.Final}': its refresh tokens may have been spent since. Restore it without {CommandRunner.Final}."
                );
            }

            var usable = Prepare(Path.Combine(unpacked, BackupArchive.Database), manifest, final ? null : Incarnation.Next());
            MoveIn(folder, unpacked);
            folder.Keep();
            Console.WriteLine(
                $"Restored {manifest.Accounts} accounts and {manifest.Files.Count - 1} keys of {manifest.MadeAt:u} to {path}."
            );
            if (!final)
            {
                Console.WriteLine(
                    $"{usable} accounts have an access token that is still valid: their sessions live until it ends, then their users sign in again. The others sign in again now."
                );
            }

            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StartupException($"Not restored: {e.Message}");
        }
        finally
        {
            Directory.Delete(unpacked, recursive: true);
        }
    }

    /// <summary>Brings the copy to this version's schema, and marks it as a restored one.</summary>
    /// <returns>The number of accounts with a valid access token.</returns>
    private static long Prepare(string database, BackupManifest manifest, Incarnation? next)
    {
        using var connection = BackupArchive.Open(database);
        SqliteDatabase.Migrate(connection);
        var now = TimeProvider.System.GetUtcNow();
        if (next is not null)
        {
            using var mark = connection.Command(
                "INSERT INTO incarnations (id, backup_at, restored_at) VALUES ($id, $backup, $now)",
                ("$id", next.Id),
                ("$backup", manifest.MadeAt.ToString("O", CultureInfo.InvariantCulture)),
                ("$now", now.ToString("O", CultureInfo.InvariantCulture))
            );
            mark.ExecuteNonQuery();
        }

        using var usable = connection.Command(
            "SELECT count(*) FROM sessions WHERE CASE WHEN json_valid(record) THEN julianday(record ->> '$.grant.expiresAt') > julianday($now) END",
            ("$now", now.ToString("O", CultureInfo.InvariantCulture))
        );
        return (long)usable.ExecuteScalar()!;
    }

    // The database last: before it is there, a proxy that starts finds none.
    private static void MoveIn(DataFolder folder, string unpacked)
    {
        foreach (var key in Directory.GetFiles(unpacked, "*.xml"))
            File.Move(key, Path.Combine(DataFolder.KeysIn(folder.Path), Path.GetFileName(key)), overwrite: true);
        foreach (var old in (string[])["-wal", "-shm", ""])
            File.Delete(folder.DatabasePath + old);
        File.Move(Path.Combine(unpacked, BackupArchive.Database), folder.DatabasePath);
        File.Delete(folder.MovedPath);
    }
}
