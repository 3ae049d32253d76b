using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>How long keyed writes are remembered, and when one of unknown outcome is sent again. Section <c>Idempotency</c>.</summary>
public sealed class IdempotencyOptions
{
    public const string Section = "Idempotency";

    /// <summary>How long the answer to a key is given again. Afterwards the same key is a new write.</summary>
    /// <value>Default 24 h; range 1 min to 30 d. Each key is a row of about 1 KB for as long.</value>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long after the end of a call of unknown outcome X's timeline is believed when it does not show the post; only then is it sent
    /// again.
    /// </summary>
    /// <value>Default 10 s; range 0 to 10 min. Zero trusts that X shows a post at once, and else leaves it to X to refuse the
    /// second.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ResendAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long another activation's unanswered call to X is taken to be under way. Zero where one process is
    /// all there is; in a cluster longer than X may take over a call.
    /// </summary>
    /// <value>Default 0; range 0 to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan InterruptedCallLease { get; set; } = TimeSpan.Zero;
}
