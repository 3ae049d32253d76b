using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>How often a call that X failed on is sent once more. Section <c>Retries</c>.</summary>
public sealed class RetryOptions
{
    public const string Section = "Retries";

    /// <summary>How many times more one call may be sent.</summary>
    /// <value>Default 2; range 0 to 5. Zero passes every failure of X on at once.</value>
    [Range(0, 5)]
    public int MaxRetries { get; set; } = 2;

    /// <summary>The longest wait before the first repetition; it doubles with each, and the wait is drawn between zero and it.</summary>
    /// <value>Default 100 ms; range 0 to 10 s. Zero repeats at once, together with everybody else's calls.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait before any repetition. An X that asks for more in <c>Retry-After</c> is not asked again.</summary>
    /// <value>Default 2 s; range 0 to 30 s.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Share of this process's calls that may be repetitions: what keeps them from doubling the load of an X that is down.
    /// </summary>
    /// <value>Default 0.1; range 0 to 1.</value>
    [Range(0.0, 1.0)]
    public double BudgetShare { get; set; } = 0.1;

    /// <summary>Repetitions per second that are granted beside that share, for a process with few calls.</summary>
    /// <value>Default 1; range 0 to 100. Ten seconds' worth may be saved up.</value>
    [Range(0, 100)]
    public int BudgetPerSecond { get; set; } = 1;
}
