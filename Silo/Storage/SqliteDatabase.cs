using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>
/// The database of a single-process proxy: one file with a write-ahead log; every commit is on disk before it is reported. SQLite's calls
/// block, so they run on a thread of their own. One thread is enough: SQLite has a single writer, and accounts are read once per
/// activation.
/// </summary>
public sealed partial class SqliteDatabase : IDisposable
{
    /// <summary>The steps from each schema to the next; existing steps are never edited.</summary>
    private static readonly string[] Steps =
    [
        """
            CREATE TABLE sessions (key TEXT PRIMARY KEY, version INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE sign_ins (key TEXT PRIMARY KEY, version INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
            """,
        // By age, for the sweep: one row per key, and very many per day.
        """
            CREATE TABLE keyed_writes (key TEXT PRIMARY KEY, version INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
            CREATE INDEX keyed_writes_by_age ON keyed_writes (record ->> '$.createdAt');
            """,
        // Rows of up to several MiB: with a rowid, so that the indices stay small. No sweep reads all of them.
        """
            CREATE TABLE uploads (key TEXT PRIMARY KEY, version INTEGER NOT NULL, record TEXT NOT NULL);
            CREATE INDEX uploads_by_expiry ON uploads (record ->> '$.expiresAt');
            CREATE INDEX uploads_by_state ON uploads (record ->> '$.state');
            """,
        // Up to this step, the earlier engine looked for unfinished work itself. From this step on reminders do: its unfinished work gets
        // reminders.
        """
            DROP INDEX uploads_by_expiry;
            DROP INDEX uploads_by_state;
            CREATE TABLE circuit (key TEXT PRIMARY KEY, version INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE reminders (
                grain TEXT NOT NULL, name TEXT NOT NULL, start_at INTEGER NOT NULL, period INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (grain, name)) WITHOUT ROWID;
            INSERT INTO reminders SELECT 'user-session/' || key, 'revocation', unixepoch() * 1000, 60000, 1 FROM sessions
                WHERE json_valid(record) AND json_array_length(record, '$.revocations') > 0;
            INSERT INTO reminders SELECT 'media-upload/' || key, 'maintenance', unixepoch() * 1000, 300000, 1 FROM uploads;
            INSERT INTO reminders SELECT 'sign-in/' || key, 'expiry', unixepoch() * 1000, 600000, 1 FROM sign_ins;
            """,
        // By time: new rows go to the end, and what is too old is at the beginning, in whole pages. A table a day would be dropped as fast,
        // but every question would be asked of thirty tables.
        """
            CREATE TABLE activity (
                at INTEGER NOT NULL, seq INTEGER NOT NULL, client TEXT NOT NULL, account TEXT, endpoint TEXT NOT NULL, status INTEGER NOT NULL,
                outcome TEXT NOT NULL, duration INTEGER NOT NULL, cost TEXT, request TEXT, PRIMARY KEY (at, seq)) WITHOUT ROWID;
            CREATE TABLE audit (
                at INTEGER NOT NULL, seq INTEGER NOT NULL, action TEXT NOT NULL, operator TEXT, client TEXT, account TEXT, detail TEXT,
                reason TEXT, request TEXT, node TEXT, PRIMARY KEY (at, seq)) WITHOUT ROWID;
            CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'The audit is append-only.'); END;
            """,
        // A row per restore from a backup; the newest counts.
        """
            CREATE TABLE incarnations (number INTEGER PRIMARY KEY, id TEXT NOT NULL, backup_at TEXT NOT NULL, restored_at TEXT NOT NULL);
            """,
    ];

    private static readonly int CurrentSchema = Steps.Length;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private readonly SqliteConnection _connection;
    private readonly ReportThrottle _failures = new(TimeProvider.System);
    private readonly ProxyMetrics _metrics;
    private readonly ILogger<SqliteDatabase> _logger;

    /// <exception cref="StartupException">The file is not the proxy's database, or was written by a newer version.</exception>
    public SqliteDatabase(string path, ProxyMetrics metrics, ILogger<SqliteDatabase> logger)
    {
        (_metrics, _logger) = (metrics, logger);
        CreateForOwner(path);
        SQLitePCL.Batteries_V2.Init();
        _connection = new(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Pooling = false,
                DefaultTimeout = 5,
            }.ToString()
        );
        try
        {
            _connection.Open();
            Execute(_connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            Migrate(_connection);
            using var incarnation = _connection.Command("SELECT id FROM incarnations ORDER BY number DESC LIMIT 1");
            Incarnation = new(incarnation.ExecuteScalar() as string);
        }
        catch (SqliteException e)
        {
            _connection.Dispose();
            throw new StartupException($"Not started: {path} cannot be opened as the proxy's database ({e.Message}).");
        }

        _thread = new(() =>
        {
            foreach (var work in _work.GetConsumingEnumerable())
                work();
        })
        {
            IsBackground = true,
            Name = "SQLite",
        };
        _thread.Start();
    }

    /// <summary>Which restore from a backup the data come from.</summary>
    public Incarnation Incarnation { get; }

    /// <summary>Runs work on the connection's thread.</summary>
    /// <exception cref="StoreUnavailableException">SQLite failed: disk full, file gone, not writable.</exception>
    public async Task<T> RunAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        ObjectDisposedException.ThrowIf(_work.IsAddingCompleted, this);
        _work.Add(Work, CancellationToken.None);
        try
        {
            return await done.Task;
        }
        catch (SqliteException e)
        {
            _metrics.StorageFailed("sqlite");
            if (_failures.Count() is { } count)
                LogFailed(count, e.Message, _connection.DataSource);
            throw new StoreUnavailableException("SQLite operation failed.", e);
        }

        void Work()
        {
            if (cancellationToken.IsCancellationRequested)
            {
                done.SetCanceled(cancellationToken);
                return;
            }

            try
            {
                done.SetResult(work(_connection));
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }
    }

    /// <summary>Writes something and commits it: the schema's number, to what it is, which SQLite writes all the same.</summary>
    /// <exception cref="StoreUnavailableException">SQLite failed.</exception>
    public Task ProbeAsync(CancellationToken cancellationToken) =>
        RunAsync(
            static connection =>
            {
                using var command = connection.Command($"PRAGMA user_version = {CurrentSchema}");
                return command.ExecuteNonQuery();
            },
            cancellationToken
        );

    /// <summary>Completes queued work first.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _connection.Dispose();
        _work.Dispose();
    }

    // SQLite itself leaves the mode to the process's umask. The files beside the database get the database's mode.
    private static void CreateForOwner(string path)
    {
        if (!File.Exists(path))
            DataFolder.CreateFile(path).Dispose();
    }

    /// <summary>Brings a database to the schema of this version.</summary>
    /// <exception cref="StartupException">It was written by a newer version.</exception>
    internal static void Migrate(SqliteConnection connection)
    {
        using var command = connection.Command("PRAGMA user_version");
        var version = (long)command.ExecuteScalar()!;
        if (version > CurrentSchema)
        {
            throw new StartupException(
                $"Not started: the database has schema {version}, and this version of the proxy knows {CurrentSchema}. Start the newer version that wrote it."
            );
        }

        for (var next = (int)version + 1; next <= CurrentSchema; next++)
            Execute(connection, $"BEGIN IMMEDIATE; {Steps[next - 1]} PRAGMA user_version = {next}; COMMIT;");
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        command.ExecuteNonQuery();
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "SQLite refuses operations, {Count} since the last line like this: {Cause}. Callers that need the store are told; check the disk and the rights of {Path}"
    )]
    private partial void LogFailed(int count, string cause, string path);
}
