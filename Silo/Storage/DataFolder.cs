using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The folder of a proxy on SQLite, locked against a second process for as long as this object lives.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    public string DatabasePath => System.IO.Path.Combine(Path, "proxy.db");

    public string KeysPath => System.IO.Path.Combine(Path, "keys");

    /// <summary>Creates the folder if necessary, readable only by its owner, and locks it.</summary>
    /// <exception cref="StartupException">The folder cannot be used, or another process uses it.</exception>
    public static DataFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            foreach (var folder in (string[])[full, System.IO.Path.Combine(full, "keys")])
            {
                if (OperatingSystem.IsWindows())
                    Directory.CreateDirectory(folder);
                else
                    Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
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
            return new(
                full,
                new FileStream(System.IO.Path.Combine(full, "proxy.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
            );
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

    public void Dispose() => _lock.Dispose();
}
