namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A test on a real PostgreSQL. Reported as skipped, with the reason, where its programs are missing.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = Reason;

    /// <summary>Null where they are installed.</summary>
    public static string? Reason { get; } =
        IsInstalled
            ? null
            : "PostgreSQL's programs are not installed here: neither /usr/lib/postgresql/*/bin/initdb nor an initdb on the PATH.";

    private static bool IsInstalled =>
        (
            Directory.Exists("/usr/lib/postgresql")
            && Directory.EnumerateFiles("/usr/lib/postgresql", "initdb", SearchOption.AllDirectories).Any()
        )
        || (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, "initdb")));
}

/// <summary>The same for several inputs.</summary>
internal sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresFactAttribute.Reason;
}
