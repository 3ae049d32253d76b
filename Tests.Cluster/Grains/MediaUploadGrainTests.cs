using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Grains;

/// <summary>An upload's grain as it calls others.</summary>
public sealed class MediaUploadGrainTests
{
    private const string Initialize = "POST /2/media/upload/initialize";

    [Fact]
    public async Task A_call_that_X_answers_late_is_served_all_the_while()
    {
        await using var cluster = await ClusterInProcess.StartAsync(1); // so that the grain's own calls, as for its reminder, stay on its silo
        var alice = await cluster.Nodes[0].SignInAsync("alice");
        // Long enough to be asked about several times, as a call whose silo may be lost.
        cluster.X.Faults.Add(new() { Endpoint = Initialize, Delay = TimeSpan.FromSeconds(4) });

        await alice.Http.BeginAsync(length: 1000);

        Assert.Equal(1, cluster.X.Counters.Requests(Initialize));
    }
}
