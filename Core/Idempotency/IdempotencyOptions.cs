using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>
/// How long keyed writes are remembered, and when a write with unknown outcome is sent again. Section <c>Idempotency</c>.
/// </summary>
public sealed class IdempotencyOptions
{
    public const string Section = "Idempotency";

    /// <summary>How long the response to a key is repeated. Afterwards the same key is a new write.</summary>
    /// <value>Default 24 h; range 1 min to 30 d. Each key takes a row of about 1 KB for this time.</value>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long after the end of a call with unknown outcome a missing post in X's timeline counts as proof. Only then is the call sent
    /// again.
    /// </summary>
    /// <value>Default 10 s; range 0 to 10 min. Zero relies on X showing a post at once, or else rejecting the second as a
    /// duplicate.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ResendAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long another activation's call without a result counts as in flight. Zero is right for a single process; in a cluster, longer
    /// than X may take over a call.
    /// </summary>
    /// <value>Default 0; range 0 to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan InterruptedCallLease { get; set; } = TimeSpan.Zero;
}
