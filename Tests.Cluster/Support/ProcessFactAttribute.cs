using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A test on real processes. Reported as skipped, with the reason, where a program it needs is missing.</summary>
internal sealed class ProcessFactAttribute : FactAttribute
{
    private static readonly string? Missing = WhyNot();

    public ProcessFactAttribute() => Skip = Missing;

    private static string? WhyNot()
    {
        if (OperatingSystem.IsWindows())
            return "deploy/cluster is a bash script, and its processes are stopped by signals.";
        if (Programs.Missing("bash", "curl", "setsid") is { } program)
            return $"There is no {program} on this machine.";
        return HasPostgres()
            ? null
            : "PostgreSQL's programs are not installed here: neither /usr/lib/postgresql/*/bin/initdb nor an initdb on the PATH.";
    }

    private static bool HasPostgres() =>
        (
            Directory.Exists("/usr/lib/postgresql")
            && Directory.EnumerateFiles("/usr/lib/postgresql", "initdb", SearchOption.AllDirectories).Any()
        ) || Programs.Missing("initdb", "pg_config") is null;
}

/// <summary>As <see cref="ProcessFactAttribute"/>, for each of its rows.</summary>
internal sealed class ProcessTheoryAttribute : TheoryAttribute
{
    public ProcessTheoryAttribute() => Skip = new ProcessFactAttribute().Skip;
}

/// <summary>A test that runs the previous commit's binary beside this one's. Skipped where there is none to build.</summary>
internal sealed class PreviousVersionFactAttribute : FactAttribute
{
    public PreviousVersionFactAttribute() => Skip = new ProcessFactAttribute().Skip ?? WhyNot();

    private static string? WhyNot()
    {
        if (Programs.Missing("git", "tar") is { } program)
            return $"There is no {program} on this machine.";
        return Repository.Has($"{Repository.PreviousCommit}:Silo/Silo.csproj")
            ? null
            : "There is no previous commit with a Silo here (a shallow clone, or no repository).";
    }
}

/// <summary>A test that runs a program of others, for each of its rows. Skipped where the program is missing.</summary>
internal sealed class ProgramTheoryAttribute : TheoryAttribute
{
    public ProgramTheoryAttribute(string program) =>
        Skip = Programs.Missing(program) is null ? null : $"There is no {program} on this machine.";
}

/// <summary>The programs on the PATH.</summary>
internal static class Programs
{
    /// <summary>The first of some programs that is not there; null when all are.</summary>
    public static string? Missing(params string[] names)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        return names.FirstOrDefault(name => !folders.Any(folder => File.Exists(Path.Combine(folder, name))));
    }
}

/// <summary>The repository that these tests were compiled from.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    /// <summary>
    /// The commit that must still be understood: the one before, unless PREVIOUS_COMMIT names another, such as the last release. The first
    /// commit of wire version 1 has none before it that speaks it: it must understand itself.
    /// </summary>
    public static string PreviousCommit { get; } =
        Environment.GetEnvironmentVariable("PREVIOUS_COMMIT") ?? (Has("HEAD~1:Tests/Wire/wire-v1.txt") ? "HEAD~1" : "HEAD");

    /// <summary>Whether the repository has an object, such as COMMIT:PATH.</summary>
    public static bool Has(string name)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", Root, "cat-file", "-e", name]) { RedirectStandardError = true })!;
        git.WaitForExit();
        return git.ExitCode == 0;
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
