using Npgsql;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>What the tests on real processes have in common: everything runs before and after, and figures are printed.</summary>
[Collection(ClusterProcesses.Collection)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime.")]
public abstract class ProcessTest(ClusterProcesses cluster, ITestOutputHelper output) : IAsyncLifetime
{
    private LoadBalancer? _balancer;
    private SandboxControl? _x;

    protected ClusterProcesses Cluster => cluster;

    private protected LoadBalancer Balancer => _balancer!;

    private protected SandboxControl X => _x!;

    public async Task InitializeAsync()
    {
        await cluster.HealAsync();
        NpgsqlConnection.ClearAllPools(); // an earlier test may have restarted the database: this process's connections are dead
        _x = new(cluster.Sandbox);
        await _x.ClearFaultsAsync();
        _balancer = new(cluster.FrontEnds);
    }

    public async Task DisposeAsync()
    {
        if (_balancer is not null)
            await _balancer.DisposeAsync();
        if (_x is not null)
        {
            await _x.ClearFaultsAsync();
            await _x.LiftLimitsAsync();
        }

        _x?.Dispose();
        await cluster.HealAsync();
    }

    /// <summary>A figure for docs/measurements.md.</summary>
    private protected void Figure(string what, object value) => output.WriteLine($"{what}: {value}");

    /// <summary>What the environment asks of a long run; null when it does not.</summary>
    private protected static string? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private protected void Print(string line) => output.WriteLine(line);

    /// <summary>200 reads of one account at the same time, half through each front end.</summary>
    private protected Task<CallResult[]> ReadAtOnceAsync(Account account) =>
        Task.WhenAll(Enumerable.Range(0, 200).Select(i => Balancer.ReadAsync(account, frontEnd: i % cluster.FrontEnds.Count)));

    private protected void AllSucceeded(IEnumerable<CallResult> results)
    {
        var failed = results.Where(result => !result.Succeeded).ToList();
        Assert.True(
            failed.Count == 0,
            $"{failed.Count} failed, the first:\n{string.Join('\n', failed.Take(5))}\n{string.Join('\n', WarningsOfFrontEnds().TakeLast(5))}"
        );
    }

    private IEnumerable<string> WarningsOfFrontEnds() =>
        from name in ClusterProcesses.FrontEndNames
        from line in cluster.Log(name).Split('\n')
        where line.Contains(" warn: ", StringComparison.Ordinal)
        select $"{name} {line}";
}
