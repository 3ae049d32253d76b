using System.Diagnostics;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A disk of its own for the cluster's database, small enough to be filled: CHAOS_DISK=1 asks for it.</summary>
public sealed class SmallDisk : IDisposable
{
    // PostgreSQL keeps up to 1 GB of its log.
    private const string Size = "3g";
    private const int Block = 1 << 20;

    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    /// <summary>What is lacking here for the cluster's database; null if nothing.</summary>
    internal static string? Missing { get; } =
        Environment.GetEnvironmentVariable("CHAOS_DISK") is null ? "CHAOS_DISK=1 is not set" : MissingForAny;

    /// <summary>What is lacking here for a disk of any size; null if nothing.</summary>
    internal static string? MissingForAny => Environment.IsPrivilegedProcess ? null : "only root may mount a disk";

    /// <param name="folder">Is created.</param>
    /// <param name="size">As mount has it.</param>
    public static SmallDisk Mount(string folder, string size = Size)
    {
        Directory.CreateDirectory(folder);
        Run("mount", "-t", "tmpfs", "-o", $"size={size},mode=755", "tmpfs", folder);
        return new(folder);
    }

    /// <summary>Leaves no byte free.</summary>
    /// <returns>Makes room again.</returns>
    internal IDisposable Fill()
    {
        var path = Path.Combine(_folder, "filler");
        using var filler = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                filler.Write(new byte[Block]);
        }
        catch (IOException)
        {
            return new Filler(path); // it is full
        }
    }

    public void Dispose() => Run("umount", _folder);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
    }

    private sealed class Filler(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}

/// <summary>A test that mounts a disk of its own.</summary>
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.MissingForAny;
}
