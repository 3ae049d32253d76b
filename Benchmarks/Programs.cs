namespace OrleansTwitterProxy.Benchmarks;

/// <summary>Where the programs are that the benchmarks start.</summary>
internal static class Programs
{
    /// <summary>The script that starts PostgreSQL, silos and front ends.</summary>
    public static string DeployCluster => Path.Combine(Root(), "deploy", "cluster");

    /// <summary>Whether deploy/cluster finds PostgreSQL.</summary>
    public static bool HasPostgres =>
        Find("pg_config") is not null
        || (Directory.Exists("/usr/lib/postgresql") && Directory.EnumerateDirectories("/usr/lib/postgresql").Any());

    /// <summary>The repository's folder.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "deploy", "cluster")))
            folder = folder.Parent ?? throw new InvalidOperationException("deploy/cluster is not above this program.");
        return folder.FullName;
    }

    /// <summary>An executable of this repository, built with this program.</summary>
    public static string Dll(string name) => Path.Combine(AppContext.BaseDirectory, $"OrleansTwitterProxy.{name}.dll");

    /// <summary>A program of the system; null if there is none.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Append("/usr/sbin") // Debian's servers; not on every user's PATH
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
