using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>When circuits open and close. Section <c>Circuit</c>; terms and defaults are Polly's unless noted.</summary>
public sealed class CircuitOptions
{
    public const string Section = "Circuit";

    /// <summary>Name of the circuit for all of X, which every call passes before its family's.</summary>
    public const string Overall = "overall";

    /// <summary>Share of failed calls within <see cref="SamplingDuration"/> that opens the circuit.</summary>
    /// <value>Default 0.6 (Polly: 0.1, which opens on short disturbances of X); range 0.01 to 1. At a half, every read may fail once and
    /// succeed when it is repeated: X is of use then.</value>
    [Range(0.01, 1.0)]
    public double FailureRatio { get; set; } = 0.6;

    /// <summary>Fewer calls than this within <see cref="SamplingDuration"/> do not open the circuit.</summary>
    /// <value>Default 20; range 2 to 100,000. A low value opens on a few bad calls; a high value never opens for a quiet family.</value>
    [Range(2, 100_000)]
    public int MinimumThroughput { get; set; } = 20;

    /// <summary>The period over which calls are counted.</summary>
    /// <value>Default 30 s; range 500 ms to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan SamplingDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long an open circuit refuses calls before it lets one probe through. Each further break doubles this, until the circuit has been
    /// closed for one <see cref="SamplingDuration"/>.
    /// </summary>
    /// <value>Default 5 s; range 500 ms to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Upper limit of a break. At or below <see cref="BreakDuration"/>, breaks do not grow.</summary>
    /// <value>Default 1 min; range 500 ms to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan MaxBreakDuration { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A call that takes longer at X counts as failed, also when its caller stops waiting. No call does if this exceeds
    /// <c>Twitter:RequestTimeout</c>.
    /// </summary>
    /// <value>Default 15 s; range 100 ms to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan SlowCallDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Share of failed calls in all families together that opens the overall circuit.</summary>
    /// <value>Default 0.8: one failing family rarely reaches it, because its own circuit opens first; range 0.01 to 1.</value>
    [Range(0.01, 1.0)]
    public double OverallFailureRatio { get; set; } = 0.8;

    /// <summary>Fewer calls than this in all families together do not open the overall circuit.</summary>
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
