using System.ComponentModel.DataAnnotations;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>How long calls may wait for X's limits, how many may wait, and how they are spaced. Section <c>Queue</c>.</summary>
public sealed class QueueOptions
{
    public const string Section = "Queue";

    /// <summary>Maximum wait of a call, whatever it asks for.</summary>
    /// <value>Default 5 min; range 0 to 5 min. Zero: no call waits. Must stay below the grain call's response timeout (15 min).</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Maximum number of waiting calls per account.</summary>
    /// <value>Default 2,000; range 1 to 100,000.</value>
    [Range(1, 100_000)]
    public int MaxPerAccount { get; set; } = 2000;

    /// <summary>Maximum number of waiting calls per process.</summary>
    /// <value>Default 10,000; range 1 to 1,000,000. Each holds a connection and its body.</value>
    [Range(1, 1_000_000)]
    public int MaxPerNode { get; set; } = 10_000;

    /// <summary>Maximum bytes of the bodies of waiting calls per process.</summary>
    /// <value>Default 256 MiB; range 1 MiB to 64 GiB.</value>
    [Range(1024L * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxBytesPerNode { get; set; } = 256L * 1024 * 1024;

    /// <summary>Share of an account's places, and of a process's places and bytes, that one client may hold.</summary>
    /// <value>Default 0.5; range 0.01 to 1. At 1 one client may use all of them.</value>
    [Range(0.01, 1.0)]
    public double ClientShare { get; set; } = 0.5;

    /// <summary>
    /// Share of the places and bytes, and of every window, that is reserved for interactive calls: those of urgency 0 to 3.
    /// </summary>
    /// <value>Default 0.1; range 0 to 0.9.</value>
    [Range(0.0, 0.9)]
    public double InteractiveShare { get; set; } = 0.1;

    /// <summary>
    /// Share of an account's window that a client may use before its calls become background calls, as long as other clients have a session
    /// on the account too. It can then use up to 1 - <see cref="InteractiveShare"/>.
    /// </summary>
    /// <value>Default 0.5; range 0.01 to 1. At 1 one client may use all of it.</value>
    [Range(0.01, 1.0)]
    public double WindowShare { get; set; } = 0.5;

    /// <summary>
    /// Share of an account's window for <c>GET /2/users/me</c> that is reserved for sign-ins, which make this call to learn who signed in.
    /// </summary>
    /// <value>Default 0.1; range 0 to 0.9.</value>
    [Range(0.0, 0.9)]
    public double SignInShare { get; set; } = 0.1;

    /// <summary>The share of the windows that a call to this endpoint, of this urgency, must leave free.</summary>
    internal double KeptFrom(string endpointKey, int urgency) =>
        Math.Min(
            0.99,
            (urgency > QueuedCall.DefaultUrgency ? InteractiveShare : 0) + (endpointKey == SignInAtTwitter.WhoAmI ? SignInShare : 0)
        );

    /// <summary>How many of an account's calls start at once when an endpoint's window opens; the others follow evenly spaced.</summary>
    /// <value>Default 5; range 1 to 1,000.</value>
    [Range(1, 1000)]
    public int Burst { get; set; } = 5;
}
