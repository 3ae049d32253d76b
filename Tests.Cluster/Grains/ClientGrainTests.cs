using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Grains.Interfaces.Clients;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Grains;

/// <summary>A client's limits at several front ends: how far over them a client gets.</summary>
public sealed class ClientGrainTests(ITestOutputHelper output)
{
    private const int Bucket = 40;
    private const int PerSecond = 40;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(4);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Three_front_ends_together_let_a_client_through_no_oftener_than_the_stated_bound(bool killed)
    {
        await using var cluster = await ClusterInProcess.StartAsync(
            3,
            ("Clients:app:ApiKeys:0", ApiKey.Hash(ProxyHost.ApiKey)),
            ("Clients:app:TokenLimit", $"{Bucket}"),
            ("Clients:app:TokensPerPeriod", $"{PerSecond / 10}"),
            ("Clients:app:ReplenishmentPeriod", "00:00:00.100")
        );
        cluster.X.Limits.Enforced = false;
        var alice = await cluster.Nodes[0].SignInAsync("alice");
        var sessions = cluster.Nodes.ToDictionary(
            node => node,
            node =>
            {
                var session = node.NewClient();
                session.DefaultRequestHeaders.Authorization = new("Bearer", alice.Token);
                return session;
            }
        );
        var grain = cluster.Nodes[0].Services.GetRequiredService<IGrainFactory>().GetGrain<IClientGrain>("app");
        await grain.LeaseAsync(new("nobody", new(Bucket, PerSecond / 10, TimeSpan.FromSeconds(0.1), null), 0)); // it is somewhere now
        var host = await cluster
            .Nodes[0]
            .Services.GetRequiredService<IGrainFactory>()
            .GetGrain<IManagementGrain>(0)
            .GetActivationAddress((IAddressable)grain);
        var victim = cluster.Nodes.Single(node => node.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Equals(host));
        var survivors = cluster.Nodes.Where(node => !killed || node != victim).ToList();

        var (let, refused) = (0, 0);
        var started = TimeProvider.System.GetTimestamp();
        var workers = survivors
            .SelectMany(node =>
                Enumerable
                    .Range(0, 4)
                    .Select(_ =>
                        Task.Run(async () =>
                        {
                            while (TimeProvider.System.GetElapsedTime(started) < Length)
                            {
                                using var answer = await sessions[node].GetAsync(Accounts.AnyCall);
                                if (answer.StatusCode == HttpStatusCode.OK)
                                    Interlocked.Increment(ref let);
                                else if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                                    Interlocked.Increment(ref refused);
                            }
                        })
                    )
            )
            .ToList();
        if (killed)
            await cluster.KillAsync(victim);
        await Task.WhenAll(workers);
        var took = TimeProvider.System.GetElapsedTime(started).TotalSeconds;

        // docs/architecture.md: the bucket, what flows in, and a lease's time of it; a bucket more when the grain's silo dies, and one
        // while it is away.
        var exact = Bucket + (PerSecond * took);
        var bound = exact + PerSecond + (killed ? 2 * Bucket : 0);
        output.WriteLine(
            $"{survivors.Count} front ends, {took:F1} s{(killed ? ", the grain's silo killed" : "")}: {let} let through, {refused} refused; exact {exact:F0}, bound {bound:F0}"
        );
        Assert.InRange(let, exact * (killed ? 0.25 : 0.6), bound);
        Assert.NotEqual(0, refused);
    }
}
