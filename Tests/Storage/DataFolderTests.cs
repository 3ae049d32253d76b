using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>Nobody but its owner reads the data folder, whatever it was before. Windows has no modes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DataFolderTests : IDisposable
{
    private const UnixFileMode Others = (UnixFileMode)0b111_111;
    private const UnixFileMode Open = Others | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_proxy_creates_is_its_owners_alone()
    {
        var path = Path.Combine(_folder.Path, "new");
        await using var proxy = await ProxyHost.StartAsync(new() { DataPath = path });
        await proxy.SignInAsync("alice");

        var files = Everything(path);

        Assert.Equal(7, files.Count); // the folder, the database and the two files beside it, the lock, the folder of keys, and a key
        Assert.All(files, AssertClosed);
    }

    [Fact]
    public async Task An_open_folder_is_closed_at_start_and_the_log_says_so()
    {
        await using (var before = await ProxyHost.StartAsync(new() { DataPath = _folder.Path }))
        {
            await before.SignInAsync("alice");
        }

        var own = Everything(_folder.Path);
        foreach (var path in own)
            File.SetUnixFileMode(path, Open);
        using var logs = new CapturedLogs();
        await using var proxy = await ProxyHost.StartAsync(
            new()
            {
                DataPath = _folder.Path,
                Settings = new Dictionary<string, string> { ["Logging:LogLevel:Default"] = "Warning" },
                Customize = logs.AddTo,
            }
        );

        Assert.All(own.Where(Path.Exists), AssertClosed);
        var said = Assert.Single(logs.Entries, entry => entry.Message.StartsWith("Other users", StringComparison.Ordinal));
        Assert.All(["keys/key-", "proxy.db", _folder.Path], name => Assert.Contains(name, said.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Files_that_are_open_in_a_closed_folder_are_closed_without_a_word()
    {
        DataFolder.Open(_folder.Path).Dispose();
        var database = Path.Combine(_folder.Path, "proxy.db");
        File.WriteAllText(database, "");
        File.SetUnixFileMode(database, Open);
        using var logs = new CapturedLogs();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(logs));

        using var folder = DataFolder.Open(_folder.Path).LogTightened(factory.CreateLogger<DataFolder>());

        AssertClosed(database);
        Assert.Empty(logs.Entries);
    }

    [Fact]
    public void A_folder_that_is_not_the_proxys_own_is_refused_and_left_alone()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "somebody's.txt"), "");
        File.SetUnixFileMode(_folder.Path, Open);

        var refused = Assert.Throws<StartupException>(() => DataFolder.Open(_folder.Path));

        Assert.Contains($"--Proxy:DataPath {Path.Combine(_folder.Path, "proxy")}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("chmod go=", refused.Message, StringComparison.Ordinal);
        Assert.Equal(Open, File.GetUnixFileMode(_folder.Path));
        Assert.Single(Everything(_folder.Path).Skip(1));
    }

    [Fact]
    public void What_a_link_leads_to_is_left_alone()
    {
        using var elsewhere = new TemporaryFolder();
        var target = Path.Combine(elsewhere.Path, "target");
        File.WriteAllText(target, "");
        File.SetUnixFileMode(target, Open);
        DataFolder.Open(_folder.Path).Dispose();
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "keys", "link.xml"), target);

        DataFolder.Open(_folder.Path).Dispose();

        Assert.Equal(Open, File.GetUnixFileMode(target));
    }

    private static void AssertClosed(string path) =>
        Assert.True((File.GetUnixFileMode(path) & Others) == 0, $"{path}: {File.GetUnixFileMode(path)}");

    private static List<string> Everything(string folder) =>
        [folder, .. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)];
}
