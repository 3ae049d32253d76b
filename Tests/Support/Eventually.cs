namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Waiting for what happens elsewhere, of which no signal reaches the test.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks every 50 ms until something is so.</summary>
    /// <returns>How long it took.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">It was not so within the time.</exception>
    public static async Task<TimeSpan> TrueAsync(string what, TimeSpan within, Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await condition())
                return TimeProvider.System.GetElapsedTime(started);
            if (TimeProvider.System.GetElapsedTime(started) > within)
                Assert.Fail($"Not within {within.TotalSeconds} s: {what}");
            await Task.Delay(Interval, TimeProvider.System, CancellationToken.None);
        }
    }
}
