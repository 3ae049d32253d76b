namespace OrleansTwitterProxy.Fuzzing;

/// <summary>A proxy under test, as the fuzzer needs it. X must be the sandbox.</summary>
public sealed record FuzzSubject
{
    /// <summary>Its front ends.</summary>
    public required IReadOnlyList<Uri> Proxies { get; init; }

    public string ApiKey { get; init; } = "dev-key";

    public string AdminKey { get; init; } = "dev-admin";

    /// <summary>A return URL of the API key's client. Null: the proxy's own page.</summary>
    public Uri? ReturnUrl { get; init; }

    /// <summary>The log entries since the last call; null when the log is out of reach.</summary>
    public Func<IReadOnlyList<LogLine>>? TakeLog { get; init; }

    /// <summary>How many processes <see cref="MeasureMemoryAsync"/> measures.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Its memory after everything that is no longer used has been collected, in bytes; null when it cannot be measured.</summary>
    public Func<Task<long>>? MeasureMemoryAsync { get; init; }

    /// <summary>Whether its processes run.</summary>
    public Func<bool> IsAlive { get; init; } = static () => true;
}

/// <summary>One log entry.</summary>
/// <param name="Level">As <c>Microsoft.Extensions.Logging.LogLevel</c> names it.</param>
/// <param name="Category">The class that logs.</param>
/// <param name="Message">The message.</param>
/// <param name="Exception">Empty for none.</param>
public sealed record LogLine(string Level, string Category, string Message, string Exception)
{
    internal bool NeedsReason => Level is "Warning" or "Error" or "Critical" || Exception.Length > 0;
}
