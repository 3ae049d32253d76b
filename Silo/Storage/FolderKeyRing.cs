using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Api.Ops;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The key ring of a proxy on SQLite: files in the data folder, for the accounts in the database beside them.</summary>
internal sealed class FolderKeyRing(DataFolder folder, ILoggerFactory loggers)
    : FileSystemXmlRepository(new(DataFolder.KeysIn(folder.Path)), loggers),
        IKeyRingStorage
{
    // On a connection of its own: Data Protection may ask before the database is open.
    public bool HasAccounts()
    {
        if (!File.Exists(folder.DatabasePath))
            return false;
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection($"Data Source={folder.DatabasePath};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var table = connection.Command("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sessions')");
        if (table.ExecuteScalar() is 0L)
            return false;
        using var command = connection.Command("SELECT EXISTS (SELECT 1 FROM sessions)");
        return command.ExecuteScalar() is 1L;
    }
}
