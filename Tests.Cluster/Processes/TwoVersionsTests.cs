using System.Diagnostics;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Processes;

public sealed class TwoVersionsTests(ClusterProcesses cluster, ITestOutputHelper output) : ProcessTest(cluster, output)
{
    [PreviousVersionFact]
    public async Task State_and_wire_of_the_previous_commit_are_read_by_this_one_and_the_other_way_round()
    {
        var old = new Dictionary<string, string> { ["SILO_DLL"] = await BuildPreviousAsync() };
        await using var view = await ClusterView.ConnectAsync(Cluster);
        var before = await Balancer.SignInAsync("versions0x", 12); // state that this version wrote

        await Cluster.StopAsync("silo1");
        await Cluster.StartAsync("silo1", old);
        await Cluster.StopAsync("api1");
        await Cluster.StartAsync("api1", old);
        var between = await Balancer.SignInAsync("versions1x", 12); // through both front ends, on silos of both versions
        var everybody = before.Concat(between).ToArray();
        foreach (var frontEnd in (int[])[0, 1])
        {
            AllSucceeded(await Task.WhenAll(everybody.Select(account => Balancer.ReadAsync(account, frontEnd))));
        }

        AllSucceeded(await Task.WhenAll(everybody.Select(account => Balancer.PostAsync(account, $"two versions {account.Name}"))));
        AllSucceeded(await Task.WhenAll(everybody.Select(account => Balancer.SendAsync(account, HttpMethod.Get, "/v1/limits"))));
        AllSucceeded(await Task.WhenAll(everybody.Select(account => Balancer.SendAsync(account, HttpMethod.Post, "/v1/session/refresh"))));
        var hosts = await Task.WhenAll(between.Select(view.HostOfAsync));
        Figure(
            "Two versions: accounts on the old silo / on new ones",
            $"{hosts.Count(host => host == "silo1")} / {hosts.Count(host => host != "silo1")}"
        );
        Assert.Contains("silo1", hosts);

        // The old version leaves; what it wrote is read by this one.
        await Cluster.StopAsync("silo1", "api1");
        await Cluster.StartAsync("silo1", "api1");
        AllSucceeded(await Task.WhenAll(everybody.Select(account => Balancer.ReadAsync(account))));
        AllSucceeded([await Balancer.SendAsync(between[0], HttpMethod.Delete, "/v1/session")]);
    }

    // Built once per commit: it takes longer than everything else here.
    private async Task<string> BuildPreviousAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        var commit = await RunAsync($"git -C '{Repository.Root}' rev-parse {Repository.PreviousCommit}");
        var folder = Path.Combine(Path.GetTempPath(), $"otp-silo-{commit.Trim()}");
        var built = Path.Combine(folder, "Silo", "bin", ClusterProcesses.Configuration, "net10.0", "OrleansTwitterProxy.Silo.dll");
        if (File.Exists(Path.Combine(folder, "built")))
            return built;
        Directory.CreateDirectory(folder);
        await RunAsync($"git -C '{Repository.Root}' archive {Repository.PreviousCommit} | tar -x -C '{folder}'");
        await RunAsync(
            $"dotnet build '{folder}/Silo' -v q -c {ClusterProcesses.Configuration} -p:RunAnalyzers=false --disable-build-servers && touch '{folder}/built'"
        );
        Figure("Building the previous commit", $"{TimeProvider.System.GetElapsedTime(started).TotalSeconds:F0} s");
        return built;
    }

    private static async Task<string> RunAsync(string command)
    {
        using var bash = Process.Start(
            new ProcessStartInfo("bash", ["-o", "pipefail", "-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = bash.StandardError.ReadToEndAsync();
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, output + await errors);
        return output;
    }
}
