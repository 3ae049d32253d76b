using Npgsql;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>The PostgreSQL connection string as it is used: the operator's, with defaults for what it leaves out.</summary>
internal static class DatabaseConnection
{
    private const int Timeout = 5;
    private const int CommandTimeout = 10;
    private const int MaxPoolSize = 15;

    private static readonly NpgsqlConnectionStringBuilder Shortest = new() { Timeout = 2, CommandTimeout = 2 };
    private static readonly NpgsqlConnectionStringBuilder Longest = new()
    {
        Timeout = 30,
        CommandTimeout = 60,
        MaxPoolSize = 100,
    };

    /// <summary>
    /// Timeouts short enough that an attempt which hangs is soon followed by one that may not, and a pool that leaves a server with the
    /// usual 100 connections room for five processes.
    /// </summary>
    /// <exception cref="ArgumentException">The text is not a connection string.</exception>
    public static string WithDefaults(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        HashSet<string> set = new(connection.Keys!, StringComparer.OrdinalIgnoreCase); // by Npgsql's own names, whichever were written
        if (!set.Contains("Timeout"))
            connection.Timeout = Timeout;
        if (!set.Contains("Command Timeout"))
            connection.CommandTimeout = CommandTimeout;
        if (!set.Contains("Maximum Pool Size"))
            connection.MaxPoolSize = MaxPoolSize;
        return connection.ToString();
    }

    /// <summary>The same, for connections that are not kept.</summary>
    public static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(WithDefaults(connectionString)) { Pooling = false }.ToString();

    /// <summary>What the operator has set that makes an outage longer than it need be, a sentence each.</summary>
    public static IEnumerable<string> Warnings(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        if (!connection.Pooling)
            yield return "Pooling=false opens a connection for every statement.";
        if (connection.Timeout < Shortest.Timeout || connection.Timeout > Longest.Timeout)
            yield return $"Timeout={connection.Timeout} s is not between {Shortest.Timeout} and {Longest.Timeout}: {Effect(connection.Timeout)}.";
        if (connection.CommandTimeout < Shortest.CommandTimeout || connection.CommandTimeout > Longest.CommandTimeout)
            yield return $"Command Timeout={connection.CommandTimeout} s is not between {Shortest.CommandTimeout} and {Longest.CommandTimeout}: {Effect(connection.CommandTimeout)}.";
        if (connection.MaxPoolSize > Longest.MaxPoolSize)
            yield return $"Maximum Pool Size={connection.MaxPoolSize} is more than {Longest.MaxPoolSize}: every process of the cluster may open as many, and PostgreSQL allows 100 by default.";
    }

    // 0 is no timeout at all.
    private static string Effect(int seconds) =>
        seconds is 0 or > 2
            ? "a call may wait that long for a database that does not answer"
            : "a busy database looks like one that is away";
}
