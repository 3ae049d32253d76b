using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// The database schema: numbered SQL files. The process that holds the lock applies each of them once, in order. A file whose first line is
/// <c>-- Usable from schema N on.</c> leaves a database on which earlier versions that know schema N also run, so that a release can be
/// taken back; without the line they are refused.
/// </summary>
public static partial class Migrations
{
    /// <summary>An arbitrary number that must be the same in every version.</summary>
    private const long LockKey = 0x4F5450_0001;

    /// <summary>The schema that this version needs.</summary>
    public static int Newest => Files().Count;

    /// <summary>Applies missing migrations. Several processes may run it at the same time.</summary>
    /// <returns>The number of applied migrations.</returns>
    /// <exception cref="StartupException">The database cannot be reached, or its schema is newer than this version's.</exception>
    public static async Task<int> ApplyAsync(string connectionString)
    {
        await using var connection = await OpenAsync(connectionString, TimeSpan.Zero);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({LockKey})"); // released with the connection
        await ExecuteAsync(
            connection,
            "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        );
        await ExecuteAsync(connection, "ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS usable_from integer");
        var present = await PresentAsync(connection);
        RefuseNewer(present);
        var applied = 0;
        foreach (var (version, sql) in Files().Where(file => file.Version > (present?.Version ?? 0)))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await ExecuteAsync(connection, sql);
            await ExecuteAsync(
                connection,
                $"INSERT INTO schema_version (version, usable_from) VALUES ({version}, {UsableFrom(version, sql)})"
            );
            await transaction.CommitAsync();
            applied++;
        }

        return applied;
    }

    /// <summary>Checks that the database has the schema of this version, before the process joins the cluster.</summary>
    /// <param name="connectionString">PostgreSQL connection string.</param>
    /// <param name="migrate">Whether to apply missing migrations.</param>
    /// <param name="patience">How long to wait for a database that does not answer yet.</param>
    /// <exception cref="StartupException">The database cannot be reached, or its schema is older or newer.</exception>
    public static async Task RequireAsync(string connectionString, bool migrate, TimeSpan patience)
    {
        Schema? present;
        await using (var connection = await OpenAsync(connectionString, patience))
        {
            present = await PresentAsync(connection);
        }

        RefuseNewer(present);
        if (present?.Version >= Newest)
            return;
        if (migrate)
        {
            await ApplyAsync(connectionString);
            return;
        }

        throw new StartupException(
            $"Not started: the database has {(present is null ? "no schema yet" : $"schema {present.Version}")}, and this version of the proxy needs schema {Newest}. Run 'Silo migrate' with the same Cluster__Database first."
        );
    }

    private static void RefuseNewer(Schema? present)
    {
        if (present?.Version > Newest && present.UsableFrom > Newest)
            throw new StartupException(
                $"Not started: the database has schema {present.Version}, and this version of the proxy knows {Newest}. Start the newer version that migrated it."
            );
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, TimeSpan patience)
    {
        var builder = Parse(connectionString);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var connection = new NpgsqlConnection(builder.ToString());
            try
            {
                await connection.OpenAsync();
                return connection;
            }
            catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
            {
                await connection.DisposeAsync();
                if (TimeProvider.System.GetElapsedTime(started) >= patience)
                {
                    throw new StartupException(
                        $"Not started: cannot connect to PostgreSQL at {builder.Host}:{builder.Port} (database '{builder.Database}'): {e.Message}. Check Cluster__Database."
                    );
                }

                await Console.Error.WriteLineAsync($"Waiting for PostgreSQL at {builder.Host}:{builder.Port}: {e.Message}");
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            }
        }
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new(connectionString) { Pooling = false };
        }
        catch (ArgumentException e)
        {
            throw new StartupException(
                $"Not started: Cluster__Database is not a PostgreSQL connection string ({e.Message}). Write it as 'Host=db;Database=otp;Username=otp;Password=...'."
            );
        }
    }

    // The column is younger than the table.
    private static async Task<Schema?> PresentAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT to_regclass('schema_version') IS NOT NULL", connection);
        if (await command.ExecuteScalarAsync() is not true)
            return null;
        command.CommandText =
            "SELECT version, coalesce((to_jsonb(s) ->> 'usable_from')::integer, version) FROM schema_version s ORDER BY version DESC LIMIT 1";
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? new(reader.GetInt32(0), reader.GetInt32(1)) : null;
    }

    private static int UsableFrom(int version, string sql) =>
        UsableLine().Match(sql) is { Success: true } line ? int.Parse(line.Groups["schema"].Value, CultureInfo.InvariantCulture) : version;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    private static List<(int Version, string Sql)> Files()
    {
        var assembly = typeof(Migrations).Assembly;
        const string Prefix = "OrleansTwitterProxy.Silo.Storage.";
        List<(int Version, string Sql)> files = [];
        foreach (
            var name in assembly
                .GetManifestResourceNames()
                .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            files.Add((int.Parse(name[Prefix.Length..^4], CultureInfo.InvariantCulture), reader.ReadToEnd()));
        }

        return files;
    }

    [GeneratedRegex(@"^-- Usable from schema (?<schema>\d+) on\.")]
    private static partial Regex UsableLine();

    /// <param name="Version">The newest file that was applied.</param>
    /// <param name="UsableFrom">The least schema that a version must know to run on it.</param>
    private sealed record Schema(int Version, int UsableFrom);
}
