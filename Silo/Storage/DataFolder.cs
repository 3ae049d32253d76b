using System.Runtime.Versioning;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The folder of a proxy on SQLite, locked against a second process for as long as this object lives.</summary>
public sealed partial class DataFolder : IDisposable
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;
    private const UnixFileMode Others = (UnixFileMode)0b111_111; // the group's and everybody's bits

    private readonly FileStream _lock;
    private readonly IReadOnlyList<string> _tightened;
    private bool _isNew;

    private DataFolder(string path, FileStream held, IReadOnlyList<string> tightened, bool isNew) =>
        (Path, _lock, _tightened, _isNew) = (path, held, tightened, isNew);

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    public string DatabasePath => DatabaseIn(Path);

    /// <summary>A file whose text says that the data go on elsewhere.</summary>
    public string MovedPath => System.IO.Path.Combine(Path, "moved");

    /// <summary>The folder's full path by the settings.</summary>
    public static string PathOf(IConfiguration configuration) =>
        System.IO.Path.GetFullPath(configuration[$"{ProxyOptions.Section}:{nameof(ProxyOptions.DataPath)}"] ?? new ProxyOptions().DataPath);

    /// <summary>
    /// Creates the folder if necessary, readable only by its owner, and locks it. What others could read in it is made the owner's alone.
    /// </summary>
    /// <exception cref="StartupException">The folder cannot be used, is shared with others, or another process uses it.</exception>
    /// <param name="path">The folder.</param>
    /// <param name="evenIfMoved">Also a folder whose data go on elsewhere.</param>
    public static DataFolder Open(string path, bool evenIfMoved = false)
    {
        var full = System.IO.Path.GetFullPath(path);
        var isNew = !Directory.Exists(full);
        List<string> tightened = [];
        try
        {
            if (!OperatingSystem.IsWindows())
                tightened = Tighten(full);
            foreach (var folder in (string[])[full, KeysIn(full)])
            {
                if (OperatingSystem.IsWindows())
                    Directory.CreateDirectory(folder);
                else
                    Directory.CreateDirectory(folder, OwnersFolder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"Not started: the data folder {full} cannot be created ({e.Message}). Choose another with --Proxy:DataPath."
            );
        }

        try
        {
            // The lock is the open handle, not the file: the operating system releases it however this process ends.
            var folder = new DataFolder(full, CreateFile(LockIn(full)), tightened, isNew);
            if (!evenIfMoved && File.Exists(folder.MovedPath))
            {
                var words = File.ReadAllText(folder.MovedPath);
                folder.Dispose();
                throw new StartupException(words);
            }

            return folder;
        }
        catch (IOException)
        {
            throw new StartupException(
                $"Not started: another process is using the data folder {full}. Two processes would spend each other's refresh tokens. Stop it, or choose another folder with --Proxy:DataPath."
            );
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartupException(
                $"Not started: the data folder {full} cannot be written ({e.Message}). Choose another with --Proxy:DataPath."
            );
        }
    }

    /// <summary>Opens a file for this process alone, and creates it for its owner alone, whatever the process's umask.</summary>
    internal static FileStream CreateFile(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersFile;
        return new(path, options);
    }

    /// <summary>Logs what was made the owner's alone: until then, others could read it.</summary>
    internal DataFolder LogTightened(ILogger<DataFolder> logger)
    {
        if (_tightened.Count > 0)
            LogTightened(logger, string.Join(", ", _tightened));
        return this;
    }

    /// <summary>Says that the process has started. Until then, a folder that it has created goes with it.</summary>
    public void Keep() => _isNew = false;

    public void Dispose()
    {
        _lock.Dispose();
        if (_isNew && Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
        _isNew = false;
    }

    /// <returns>What others could read, and now cannot. Nobody could read an open file in a closed folder.</returns>
    [UnsupportedOSPlatform("windows")]
    private static List<string> Tighten(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        RefuseForeign(folder);
        List<string> open = [.. Contents(folder).Where(path => (File.GetUnixFileMode(path) & Others) != 0)];
        foreach (var path in open)
        {
            try
            {
                File.SetUnixFileMode(path, File.GetUnixFileMode(path) & ~Others);
            }
            catch (UnauthorizedAccessException)
            {
                throw new StartupException(
                    $"""
                    Not started: others can read {path}, which is or will be full of X tokens or their keys, and this process may not change that: it is another user's.
                    Run: sudo chown -R "$(id -un)" '{folder}' && chmod -R go= '{folder}'
                    Or choose another folder with --Proxy:DataPath.
                    """
                );
            }
        }

        return open.Contains(folder) ? open : [];
    }

    // Closing somebody's home or /tmp to others would do harm.
    [UnsupportedOSPlatform("windows")]
    private static void RefuseForeign(string folder)
    {
        var isOurs =
            File.Exists(LockIn(folder))
            || File.Exists(DatabaseIn(folder))
            || Directory.Exists(KeysIn(folder))
            || !Directory.EnumerateFileSystemEntries(folder).Any();
        if (!isOurs && (File.GetUnixFileMode(folder) & Others) != 0)
        {
            throw new StartupException(
                $"Not started: the data folder {folder} has other files in it and is open to other users. Choose a folder of the proxy's own, such as --Proxy:DataPath {System.IO.Path.Combine(folder, "proxy")}, or run: chmod go= '{folder}'"
            );
        }
    }

    // Only what is the proxy's own: other programs may keep something below the folder. A link's target is not ours.
    private static IEnumerable<string> Contents(string folder)
    {
        var keys = KeysIn(folder);
        IEnumerable<string> own = [folder, keys, LockIn(folder), .. Directory.EnumerateFiles(folder, "proxy.db*")];
        return own.Concat(Directory.Exists(keys) ? Directory.EnumerateFiles(keys) : [])
            .Where(path => System.IO.Path.Exists(path) && (path == folder || new FileInfo(path).LinkTarget is null));
    }

    private static string DatabaseIn(string folder) => System.IO.Path.Combine(folder, "proxy.db");

    internal static string KeysIn(string folder) => System.IO.Path.Combine(folder, "keys");

    private static string LockIn(string folder) => System.IO.Path.Combine(folder, "proxy.lock");

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Other users of this machine could read {Paths}; only their owner can now. If one may have read them, let users sign in again"
    )]
    private static partial void LogTightened(ILogger logger, string paths);
}
