using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>Commands with parameters, and conversion of row versions to Orleans' ETags.</summary>
internal static class SqliteCommands
{
    public static SqliteCommand Command(this SqliteConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    public static string ETag(long version) => version.ToString(CultureInfo.InvariantCulture);

    public static long Version(string eTag) => long.Parse(eTag, CultureInfo.InvariantCulture);
}
