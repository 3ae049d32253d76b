using System.Reflection;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The version of this build, as <c>--version</c> prints it: <c>0.1.0+COMMIT</c>.</summary>
public static class ProxyVersion
{
    private const int CommitLength = 10;

    /// <summary>Version and commit in full; without the commit if it was built outside a repository.</summary>
    public static string Full { get; } =
        typeof(ProxyVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>With the beginning of the commit.</summary>
    public static string Brief { get; } =
        Full.IndexOf('+', StringComparison.Ordinal) is var plus and >= 0 ? Full[..Math.Min(Full.Length, plus + 1 + CommitLength)] : Full;
}
