using System.Net;
using Npgsql;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>The database's password changes under a running silo: docs/operating/key-rotation.md.</summary>
public sealed class DatabasePasswordTests
{
    [PostgresFact]
    public async Task A_password_in_a_file_is_rotated_under_load_without_a_restart_or_a_failed_call()
    {
        await using var server = await PostgresServer.StartAsync();
        using var folder = new TemporaryFolder();
        var admin = await server.CreateDatabaseAsync("passwords");
        await server.RequirePasswordAsync("proxy");
        await ExecuteAsync(admin, "CREATE ROLE proxy LOGIN PASSWORD 'first'; ALTER DATABASE passwords OWNER TO proxy");
        var file = Path.Combine(folder.Path, "pgpass");
        WritePassword("first");
        // Connections are replaced every second, so that the new password is used soon.
        var database =
            admin.Replace("Username=otp", "Username=proxy", StringComparison.Ordinal) + $";Passfile={file};Connection Lifetime=1";
        await using var silo = await ProxyHost.StartAsync(
            new()
            {
                Settings = new Dictionary<string, string>
                {
                    ["Cluster:Database"] = database,
                    ["Cluster:MigrateAtStart"] = "true",
                    ["Cluster:AdvertisedAddress"] = "127.0.0.1",
                },
            }
        );
        var alice = await silo.SignInAsync("alice");
        var (calls, failed) = (0, 0);
        using var enough = new CancellationTokenSource();
        var load = LoadAsync();
        await Eventually.TrueAsync("calls are made", TimeSpan.FromSeconds(10), () => Task.FromResult(calls > 10));

        WritePassword("second");
        await ExecuteAsync(admin, "ALTER ROLE proxy PASSWORD 'second'");
        var before = calls;
        await Eventually.TrueAsync("all connections were made since", TimeSpan.FromSeconds(60), async () =>
            (long)
                (
                    await ExecuteAsync(
                        admin,
                        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'proxy' AND backend_start < now() - interval '5 s'"
                    )
                )! == 0
            && (long)(await ExecuteAsync(admin, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'proxy'"))! > 0
            && calls > before + 20
        );
        await enough.CancelAsync();
        await load;

        Assert.Equal(0, failed);
        await ProxyHost.ReadAsync(await (await silo.SignInAsync("bob")).Http.GetAsync("/v1/session"));
        var old = new NpgsqlConnectionStringBuilder(database)
        {
            Passfile = null,
            Password = "first",
            Pooling = false,
        };
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(old.ToString(), "SELECT 1")); // it is really asked for

        // Refreshes write to the database: Orleans' connections as well as the proxy's.
        async Task LoadAsync()
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                using var answer = await alice.Http.PostKeyedAsync($"password-rotation-{i}", $"post {i}");
                calls++;
                if (answer.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.TooManyRequests))
                    failed++;
            }
        }

        void WritePassword(string password)
        {
            var next = file + ".next";
            File.WriteAllText(next, $"*:*:*:proxy:{password}\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.Move(next, file, overwrite: true);
        }
    }

    private static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
