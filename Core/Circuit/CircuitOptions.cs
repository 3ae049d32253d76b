using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Circuit;

/// <summary>When X counts as ill, per endpoint family. Section <c>Circuit</c>; the words and defaults are Polly's unless said.</summary>
public sealed class CircuitOptions
{
    public const string Section = "Circuit";

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

    /// <summary>How long an open circuit refuses before it lets one probe through.</summary>
    /// <value>Default 5 s; range 500 ms to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(5);
}
