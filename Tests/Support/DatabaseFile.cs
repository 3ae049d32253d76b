using Microsoft.Data.Sqlite;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The database of a proxy that does not run.</summary>
internal static class DatabaseFile
{
    public static void Execute(string dataPath, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(dataPath, "proxy.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
