using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;
using OrleansTwitterProxy.Grains.Storage;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Grains;

/// <summary>X's health as two silos know it, on real time.</summary>
public sealed class ClusterCircuitTests : IAsyncLifetime
{
    private const string Endpoint = "GET /2/users/{id}";

    private static readonly string Family = new EndpointCatalogue().ByKey(Endpoint).Family;

    private ClusterInProcess _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await ClusterInProcess.StartAsync(
            2,
            ("Circuit:MinimumThroughput", "4"),
            ("Circuit:BreakDuration", "00:00:01"),
            ("Retries:MaxRetries", "0")
        );
        await ClusterInProcess.UntilAsync("both have subscribed", () =>
            _cluster.Nodes.TrueForAll(node => node.Circuit().Snapshot.Epoch > 0)
        );
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task After_the_break_one_probe_goes_in_the_whole_cluster_and_its_success_lets_everybody_in()
    {
        await OpenAsync();
        await ClusterInProcess.UntilAsync("the break is over", () =>
            _cluster.Nodes.TrueForAll(node => node.Circuit().Snapshot.Families.All(IsOver))
        );

        var permits = await Task.WhenAll(
            _cluster.Nodes.SelectMany(node =>
                Enumerable.Range(0, 5).Select(_ => node.Circuit().EnterAsync(Family, isSafe: true, CancellationToken.None).AsTask())
            )
        );

        var probe = Assert.Single(permits, permit => permit.Allowed);
        Assert.NotNull(probe.Probe);
        _cluster.Nodes[0].Circuit().Report(probe, CallOutcome.Healthy); // an id of the singleton's: any node may hand it back
        var took = await ClusterInProcess.UntilAsync("both copies are closed", () =>
            _cluster.Nodes.TrueForAll(node => node.Circuit().Snapshot.Families.Length == 0)
        );
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task The_circuit_survives_its_silo_and_the_others_find_it_again()
    {
        await OpenAsync();
        var host = await _cluster.HostOfCircuitAsync();
        var before = host.Circuit().Snapshot;
        await ClusterInProcess.UntilAsync("the snapshot is saved", () =>
            _cluster.Storage.Find<CircuitSnapshot>(GrainStorageNames.Circuit, "circuit-breaker", ICircuitBreakerGrain.Key)
                is { Families.Length: 1 }
        );

        await _cluster.KillAsync(host);

        var left = Assert.Single(_cluster.Nodes);
        await ClusterInProcess.UntilAsync("the survivor has a snapshot of the new singleton", () =>
            left.Circuit().Snapshot.Epoch > before.Epoch
        );
        Assert.Equal(Family, Assert.Single(left.Circuit().Snapshot.Families).Family);
    }

    [Fact]
    public async Task Faults_that_one_silo_alone_meets_close_X_off_on_the_other_within_a_second()
    {
        var alice = await _cluster.Nodes[0].SignInAsync("alice");
        var host = await _cluster.HostOfAccountAsync(alice.AccountId);
        var other = _cluster.Nodes.Single(node => node != host);
        _cluster.X.Faults.Add(new() { Endpoint = Endpoint, Variant = FaultVariant.UnavailableJson });

        for (var i = 0; i < 4; i++)
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await alice.Http.GetAsync("/2/users/1")).StatusCode);

        var took = await ClusterInProcess.UntilAsync("the other's copy is open", () => IsOpen(other));
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(4, _cluster.X.Counters.Requests(Endpoint));
    }

    [Fact]
    public async Task What_X_tells_one_silo_of_the_apps_windows_binds_the_other()
    {
        const string Me = "GET /2/users/me";
        var sessions = await _cluster.OnePerSiloAsync();
        _cluster.X.Limits.Set(Me, new() { PerUser = 100, PerAppDay = 2 });
        var seen = _cluster.X.Counters.Requests(Me);
        for (var i = 0; i < 2; i++)
            await ProxyHost.ReadAsync(await sessions[0].Http.GetAsync("/2/users/me"));

        await ClusterInProcess.UntilAsync("the other silo knows", () =>
            _cluster
                .Nodes[1]
                .Services.GetRequiredService<LimitTable>()
                .Snapshot(TimeProvider.System.GetUtcNow())
                .Any(window => window is { EndpointKey: Me, Kind: WindowKind.AppDay, Limit: 2, Remaining: 0 })
        );

        var refused = await Problem.ReadAsync(await sessions[1].Http.GetAsync("/2/users/me"));
        Assert.Equal((429, "rate_limited"), (refused.Status, refused.Reason));
        Assert.Equal(seen + 2, _cluster.X.Counters.Requests(Me));
        Assert.Equal(0, _cluster.X.Counters.Overspent);
    }

    private async Task OpenAsync()
    {
        for (var i = 0; i < 4; i++)
            _cluster.Nodes[1].Circuit().Report(new(Family, Allowed: true), CallOutcome.Faulted);
        await ClusterInProcess.UntilAsync("both copies are open", () => _cluster.Nodes.TrueForAll(IsOpen));
    }

    private static bool IsOpen(ProxyHost node) =>
        node.Circuit().Snapshot.Families.Any(family => family is { State: CircuitState.Open } && family.Family == Family);

    private static bool IsOver(FamilyState family) => family.OpenUntil <= TimeProvider.System.GetUtcNow();
}
