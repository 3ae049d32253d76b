using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

public sealed class LocalCircuitTests
{
    private readonly LocalCircuit _circuit =
        new(Options.Create(new CircuitOptions { MinimumThroughput = 4 }), new ManualClock(), NullLogger<LocalCircuit>.Instance);

    [Fact]
    public async Task Families_fail_apart()
    {
        await CallAsync("media", CallOutcome.Faulted, times: 4);
        Assert.False((await _circuit.EnterAsync("media", CancellationToken.None)).Allowed);
        Assert.True((await _circuit.EnterAsync("tweets", CancellationToken.None)).Allowed);
    }

    [Fact]
    public async Task The_snapshot_lists_the_families_used_in_order()
    {
        await CallAsync("tweets", CallOutcome.Healthy, times: 1);
        await CallAsync("media", CallOutcome.Faulted, times: 4);
        Assert.Equal(
            [("media", CircuitState.Open, TimeSpan.FromSeconds(5)), ("tweets", CircuitState.Closed, null)],
            _circuit.Snapshot().Select(snapshot => (snapshot.Family, snapshot.State, snapshot.RetryAfter)));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(402)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(429)]
    public async Task Refusals_that_are_not_X_failing_never_open(int status)
    {
        await CallAsync("tweets", FaultClassifier.Classify(UpstreamFault.None, status), times: 100);
        Assert.Equal(CircuitState.Closed, Assert.Single(_circuit.Snapshot()).State);
    }

    [Theory]
    [InlineData(UpstreamFault.None, 500)]
    [InlineData(UpstreamFault.None, 503)]
    [InlineData(UpstreamFault.Connect, 0)]
    [InlineData(UpstreamFault.Timeout, 0)]
    [InlineData(UpstreamFault.Broken, 0)]
    public async Task X_failing_opens(UpstreamFault fault, int status)
    {
        await CallAsync("tweets", FaultClassifier.Classify(fault, status), times: 4);
        Assert.Equal(CircuitState.Open, Assert.Single(_circuit.Snapshot()).State);
    }

    private async Task CallAsync(string family, CallOutcome outcome, int times)
    {
        for (var i = 0; i < times; i++) _circuit.Report(await _circuit.EnterAsync(family, CancellationToken.None), outcome);
    }
}
