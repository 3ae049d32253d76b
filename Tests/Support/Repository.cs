namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The folder with the sources that these tests were built from.</summary>
internal static class Repository
{
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root(), path));

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OrleansTwitterProxy.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("The tests do not run from below the repository.");
    }
}
