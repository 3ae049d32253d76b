using System.Runtime.CompilerServices;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Files of the repository, found from where this one was compiled.</summary>
internal static class CheckedIn
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    /// <summary>The text of a file in Tests.</summary>
    public static string Text(string pathInTests) => File.ReadAllText(Path.Combine(Root, "Tests", pathInTests));

    private static string Here([CallerFilePath] string path = "") => path;
}
