using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

public sealed class LocalCircuitTests
{
    private readonly ManualClock _clock = new();
    private readonly LocalCircuit _circuit;

    public LocalCircuitTests() =>
        _circuit = new(Options.Create(new CircuitOptions { MinimumThroughput = 4 }), _clock, NullLogger<LocalCircuit>.Instance);

    [Fact]
    public async Task Families_fail_apart()
    {
        await CallAsync("media", CallOutcome.Faulted, times: 4);
        Assert.False((await _circuit.EnterAsync("media", isSafe: true, CancellationToken.None)).Allowed);
        Assert.True((await _circuit.EnterAsync("tweets", isSafe: true, CancellationToken.None)).Allowed);
    }

    [Fact]
    public async Task The_snapshot_lists_the_overall_circuit_and_the_families_used_in_order()
    {
        await CallAsync("tweets", CallOutcome.Healthy, times: 1);
        await CallAsync("media", CallOutcome.Faulted, times: 4);
        Assert.Equal(
            [("media", CircuitState.Open, TimeSpan.FromSeconds(5)), ("overall", CircuitState.Closed, null), ("tweets", CircuitState.Closed, null)],
            (await _circuit.SnapshotAsync()).Select(snapshot => (snapshot.Family, snapshot.State, snapshot.RetryAfter)));
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
        await CallAsync("tweets", FaultClassifier.Classify(UpstreamFault.None, status, TimeSpan.Zero, TimeSpan.MaxValue), times: 100);
        Assert.Equal(CircuitState.Closed, await StateAsync());
    }

    [Theory]
    [InlineData(UpstreamFault.None, 500)]
    [InlineData(UpstreamFault.None, 503)]
    [InlineData(UpstreamFault.Connect, 0)]
    [InlineData(UpstreamFault.Timeout, 0)]
    [InlineData(UpstreamFault.Broken, 0)]
    public async Task X_failing_opens(UpstreamFault fault, int status)
    {
        await CallAsync("tweets", FaultClassifier.Classify(fault, status, TimeSpan.Zero, TimeSpan.MaxValue), times: 4);
        Assert.Equal(CircuitState.Open, await StateAsync());
    }

    [Fact]
    public async Task What_an_operator_closes_off_stays_so_until_it_is_closed_again()
    {
        await _circuit.IsolateAsync("media");
        await _circuit.IsolateAsync("media");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new("media", Allowed: false), await _circuit.EnterAsync("media", isSafe: true, CancellationToken.None));
        Assert.True((await _circuit.EnterAsync("tweets", isSafe: true, CancellationToken.None)).Allowed);

        await _circuit.CloseAsync("media");

        Assert.True((await _circuit.EnterAsync("media", isSafe: true, CancellationToken.None)).Allowed);
    }

    private async Task<CircuitState> StateAsync() => (await _circuit.SnapshotAsync()).Single(snapshot => snapshot.Family == "tweets").State;

    private async Task CallAsync(string family, CallOutcome outcome, int times)
    {
        for (var i = 0; i < times; i++) _circuit.Report(await _circuit.EnterAsync(family, isSafe: true, CancellationToken.None), outcome);
    }
}
