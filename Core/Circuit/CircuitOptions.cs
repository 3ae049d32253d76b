using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>When X counts as ill, per endpoint family. Section <c>Circuit</c>; the words and defaults are Polly's unless said.</summary>
public sealed class CircuitOptions
{
    public const string Section = "Circuit";

    /// <summary>Name of the circuit that every call passes beside its family's.</summary>
    public const string Overall = "overall";

    /// <summary>Share of failed calls within <see cref="SamplingDuration"/> that opens the circuit.</summary>
    /// <value>Default 0.5 (Polly: 0.1, too eager for an API whose bad minutes pass); range 0.01 to 1.</value>
    [Range(0.01, 1.0)]
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Calls within <see cref="SamplingDuration"/> below which the ratio is not believed.</summary>
    /// <value>Default 20; range 2 to 100,000. Low opens on a handful of bad calls, high never opens on a quiet family.</value>
    [Range(2, 100_000)]
    public int MinimumThroughput { get; set; } = 20;

    /// <summary>How far back calls count.</summary>
    /// <value>Default 30 s; range 500 ms to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long an open circuit refuses before it lets one probe through: the first time. Each further break without
    /// <see cref="SamplingDuration"/>
    /// of health between is twice as long.
    /// </summary>
    /// <value>Default 5 s; range 500 ms to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What breaks grow to. At most <see cref="BreakDuration"/>: they do not grow.</summary>
    /// <value>Default 1 min; range 500 ms to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan MaxBreakDuration { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A call that X takes longer over counts as failed, also when its caller gives up waiting. Above <c>Twitter:RequestTimeout</c>: none
    /// does.
    /// </summary>
    /// <value>Default 15 s; range 100 ms to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan SlowCallDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Share of failed calls, of all families together, that opens the overall circuit.</summary>
    /// <value>Default 0.8: one sick family alone seldom reaches it, for its own circuit opens first; range 0.01 to 1.</value>
    [Range(0.01, 1.0)]
    public double OverallFailureRatio { get; set; } = 0.8;

    /// <summary>Calls of all families together below which that share is not believed.</summary>
    /// <value>Default 60, three families' worth; range 2 to 100,000.</value>
    [Range(2, 100_000)]
    public int OverallMinimumThroughput { get; set; } = 60;

    internal CircuitOptions ForOverall() =>
        new()
        {
            FailureRatio = OverallFailureRatio,
            MinimumThroughput = OverallMinimumThroughput,
            SamplingDuration = SamplingDuration,
            BreakDuration = BreakDuration,
            MaxBreakDuration = MaxBreakDuration,
        };
}
