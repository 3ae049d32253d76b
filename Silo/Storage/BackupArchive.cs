using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>What a backup says of itself.</summary>
/// <param name="Format">Of the archive.</param>
/// <param name="MadeAt">When.</param>
/// <param name="IsFinal">Whether the proxy was stopped, and its folder closed, so that no refresh token was spent since.</param>
/// <param name="Accounts">How many it has.</param>
/// <param name="Files">The SHA-256 of each file, in hex, by name.</param>
internal sealed record BackupManifest(
    int Format,
    DateTimeOffset MadeAt,
    bool IsFinal,
    long Accounts,
    IReadOnlyDictionary<string, string> Files
);

/// <summary>A backup of a data folder: a tar.gz of a manifest, the database and the key ring.</summary>
internal static partial class BackupArchive
{
    public const string Database = "proxy.db";
    public const string Keys = "keys/";

    private const int Format = 1;
    private const string Manifest = "manifest.json";

    /// <summary>Writes an archive. A proxy may use the folder meanwhile; what it commits after the copy began is not in it.</summary>
    /// <exception cref="StartupException">There is nothing to back up, or the archive cannot be written.</exception>
    public static BackupManifest Write(string file, string folder, bool final, bool overwrite, TimeProvider timeProvider)
    {
        var database = Path.Combine(folder, Database);
        if (!File.Exists(database))
            throw new StartupException($"{folder} has no database to back up. Name the proxy's folder with --Proxy:DataPath.");
        var (copy, partial) = ($"{file}.db.partial", $"{file}.partial");
        try
        {
            var madeAt = timeProvider.GetUtcNow();
            DataFolder.CreateFile(copy).Dispose();
            var accounts = Copy(database, copy);
            // After the database: a key is stored before it is used.
            Dictionary<string, byte[]> files = [];
            foreach (var key in Directory.GetFiles(Path.Combine(folder, "keys"), "*.xml"))
                files[Keys + Path.GetFileName(key)] = File.ReadAllBytes(key);
            Dictionary<string, string> hashes = files.ToDictionary(entry => entry.Key, entry => Hex(SHA256.HashData(entry.Value)));
            using var content = File.OpenRead(copy);
            hashes[Database] = Hex(SHA256.HashData(content));
            content.Position = 0;
            var manifest = new BackupManifest(Format, madeAt, final, accounts, hashes);

            using (var output = DataFolder.CreateFile(partial))
            {
                output.SetLength(0);
                using (var zip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
                using (var tar = new TarWriter(zip))
                {
                    Add(tar, Manifest, new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, JsonSerializerOptions.Web)));
                    foreach (var (name, bytes) in files)
                        Add(tar, name, new MemoryStream(bytes));
                    Add(tar, Database, content);
                }

                output.Flush(flushToDisk: true);
            }

            File.Move(partial, file, overwrite);
            return manifest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StartupException($"No backup was made: {e.Message}");
        }
        finally
        {
            File.Delete(copy);
            File.Delete(partial);
        }
    }

    /// <summary>Unpacks an archive into an empty folder, and compares every file with its checksum.</summary>
    /// <exception cref="StartupException">It is no backup, or damaged.</exception>
    public static BackupManifest Read(string file, string folder)
    {
        try
        {
            using var input = File.OpenRead(file);
            using var zip = new GZipStream(input, CompressionMode.Decompress);
            using var tar = new TarReader(zip);
            BackupManifest? manifest = null;
            Dictionary<string, string> found = [];
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry is { Name: Manifest, DataStream: { } text })
                {
                    manifest = JsonSerializer.Deserialize<BackupManifest>(text, JsonSerializerOptions.Web);
                }
                else if ((entry.Name == Database || KeyName().IsMatch(entry.Name)) && entry.DataStream is { } data)
                {
                    using var output = DataFolder.CreateFile(Path.Combine(folder, Path.GetFileName(entry.Name)));
                    data.CopyTo(output);
                    output.Flush(flushToDisk: true);
                    output.Position = 0;
                    found[entry.Name] = Hex(SHA256.HashData(output));
                }
                else
                {
                    throw new InvalidDataException($"it has a file {entry.Name}");
                }
            }

            if (manifest is not { Format: Format })
                throw new InvalidDataException(manifest is null ? "it has no manifest" : $"it has format {manifest.Format}");
            if (manifest.Files.FirstOrDefault(each => found.GetValueOrDefault(each.Key) != each.Value) is { Key: { } damaged })
                throw new InvalidDataException($"{damaged} does not have its checksum");
            if (!manifest.Files.ContainsKey(Database) || found.Count != manifest.Files.Count)
                throw new InvalidDataException("files and manifest differ");
            return manifest;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or FormatException)
        {
            throw new StartupException($"{file} is no backup of the proxy, or is damaged: {e.Message}. Nothing was changed.");
        }
    }

    /// <summary>Opens a database file outside of the proxy.</summary>
    internal static SqliteConnection Open(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
                DefaultTimeout = 30,
            }.ToString()
        );
        connection.Open();
        return connection;
    }

    // SQLite's online backup: one snapshot, beside a proxy that writes.
    private static long Copy(string from, string to)
    {
        using var source = Open(from);
        using var copy = Open(to);
        source.BackupDatabase(copy);
        using var single = copy.Command("PRAGMA journal_mode = DELETE");
        single.ExecuteNonQuery();
        using var check = copy.Command("PRAGMA quick_check(1)");
        if (check.ExecuteScalar() as string is not "ok")
            throw new IOException($"{from} is damaged");
        using var count = copy.Command("SELECT count(*) FROM sessions");
        return (long)count.ExecuteScalar()!;
    }

    private static void Add(TarWriter tar, string name, Stream content) =>
        tar.WriteEntry(
            new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite }
        );

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    [GeneratedRegex(@"^keys/[A-Za-z0-9_-]+\.xml$", RegexOptions.CultureInvariant)]
    private static partial Regex KeyName();
}
