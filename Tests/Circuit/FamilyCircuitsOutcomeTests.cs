using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

/// <summary>What the outcomes of calls do to the circuits of their families.</summary>
public sealed class FamilyCircuitsOutcomeTests
{
    private readonly ManualClock _clock = new();
    private readonly FamilyCircuits _circuit;

    public FamilyCircuitsOutcomeTests() => _circuit = new(new() { MinimumThroughput = 4 }, _clock, (_, _) => { });

    [Fact]
    public async Task Families_fail_apart()
    {
        await CallAsync("media", CallOutcome.Faulted, times: 4);
        Assert.False((_circuit.Enter("media", isSafe: true)).Allowed);
        Assert.True((_circuit.Enter("tweets", isSafe: true)).Allowed);
    }

    [Fact]
    public async Task The_snapshot_lists_the_overall_circuit_and_the_families_used_in_order()
    {
        await CallAsync("tweets", CallOutcome.Healthy, times: 1);
        await CallAsync("media", CallOutcome.Faulted, times: 4);
        Assert.Equal(
            [
                ("media", CircuitState.Open, TimeSpan.FromSeconds(5)),
                ("overall", CircuitState.Closed, null),
                ("tweets", CircuitState.Closed, null),
            ],
            _circuit.Snapshot().Select(snapshot => (snapshot.Family, snapshot.State, snapshot.RetryAfter))
        );
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
        Assert.Equal(CircuitState.Closed, State());
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
        Assert.Equal(CircuitState.Open, State());
    }

    [Fact]
    public async Task What_an_operator_closes_off_stays_so_until_it_is_closed_again()
    {
        await _circuit.IsolateAsync("media");
        await _circuit.IsolateAsync("media");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new("media", Allowed: false), _circuit.Enter("media", isSafe: true));
        Assert.True((_circuit.Enter("tweets", isSafe: true)).Allowed);

        await _circuit.CloseAsync("media");

        Assert.True((_circuit.Enter("media", isSafe: true)).Allowed);
    }

    private CircuitState State() => _circuit.Snapshot().Single(snapshot => snapshot.Family == "tweets").State;

    private async Task CallAsync(string family, CallOutcome outcome, int times)
    {
        for (var i = 0; i < times; i++)
            await _circuit.ReportAsync(_circuit.Enter(family, isSafe: true), outcome);
    }
}
