using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Circuit;

public sealed class CircuitCoordinatorClockTests
{
    [Fact]
    public void A_clock_that_moves_between_two_looks_breaks_no_board()
    {
        var coordinator = new CircuitCoordinator(new(), new EndpointCatalogue(), new RunningClock(), (_, _) => { });
        coordinator.Apply(new([new("users", Healthy: 1, Faulted: 0)], []));
        Assert.Empty(coordinator.Snapshot.Families);
    }

    private sealed class RunningClock : TimeProvider
    {
        private long _ticks = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).Ticks;

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Increment(ref _ticks), TimeSpan.Zero);
    }
}
