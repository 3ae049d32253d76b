using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Circuit;

/// <summary>The overall circuit beside the families' own.</summary>
public sealed class FamilyCircuitsTests
{
    private readonly ManualClock _clock = new();
    private readonly FamilyCircuits _circuit;

    public FamilyCircuitsTests() => _circuit = new(new() { MinimumThroughput = 4, OverallMinimumThroughput = 10 }, _clock, (_, _) => { });

    [Fact]
    public async Task X_failing_everywhere_closes_off_a_family_that_has_not_been_called_yet()
    {
        foreach (var family in (string[])["tweets", "likes", "users"])
            await CallAsync(family, CallOutcome.Faulted, times: 3); // none of them opens by itself

        Assert.True(_circuit.Enter("media", isSafe: true).Allowed);
        await CallAsync("users", CallOutcome.Faulted, times: 1);

        Assert.Equal(new(CircuitOptions.Overall, Allowed: false, TimeSpan.FromSeconds(5)), _circuit.Enter("media", isSafe: true));
    }

    [Fact]
    public async Task One_sick_family_does_not_close_the_others_off()
    {
        await CallAsync("tweets", CallOutcome.Healthy, times: 4);
        await CallAsync("media", CallOutcome.Faulted, times: 10);

        Assert.True(_circuit.Enter("tweets", isSafe: true).Allowed);
    }

    [Fact]
    public async Task After_a_break_of_the_overall_circuit_one_read_of_any_family_probes_for_all()
    {
        foreach (var family in (string[])["tweets", "likes", "users", "search"])
            await CallAsync(family, CallOutcome.Faulted, times: 3);
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.False(_circuit.Enter("media", isSafe: false).Allowed); // a write does not
        var probe = _circuit.Enter("media", isSafe: true);
        Assert.True(probe.Allowed);
        Assert.False(_circuit.Enter("users", isSafe: true).Allowed);
        await _circuit.ReportAsync(probe, CallOutcome.Healthy);

        Assert.True(_circuit.Enter("users", isSafe: false).Allowed);
    }

    [Fact]
    public async Task A_family_that_stays_closed_off_does_not_keep_the_overall_probe()
    {
        foreach (var family in (string[])["tweets", "likes", "users", "search"])
            await CallAsync(family, CallOutcome.Faulted, times: 3);
        await _circuit.IsolateAsync("media");
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(new("media", Allowed: false), _circuit.Enter("media", isSafe: true));
        Assert.True(_circuit.Enter("users", isSafe: true).Allowed);
    }

    private async Task CallAsync(string family, CallOutcome outcome, int times)
    {
        for (var i = 0; i < times; i++)
            await _circuit.ReportAsync(_circuit.Enter(family, isSafe: true), outcome);
    }
}
