using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>How long calls may wait for X's limits, how many of them, and how they are let go. Section <c>Queue</c>.</summary>
public sealed class QueueOptions
{
    public const string Section = "Queue";

    /// <summary>The longest that a call may wait, whatever it asks for.</summary>
    /// <value>Default 5 min; range 0 to 5 min. Zero refuses at once, always. In a cluster a call's messages live little longer than five
    /// minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many calls of one account may wait.</summary>
    /// <value>Default 2,000; range 1 to 100,000.</value>
    [Range(1, 100_000)]
    public int MaxPerAccount { get; set; } = 2000;

    /// <summary>How many calls may wait in one process.</summary>
    /// <value>Default 10,000; range 1 to 1,000,000. Each holds its connection and its body.</value>
    [Range(1, 1_000_000)]
    public int MaxPerNode { get; set; } = 10_000;

    /// <summary>How much the bodies of the calls that wait in one process may take, in bytes.</summary>
    /// <value>Default 256 MiB; range 1 MiB to 64 GiB.</value>
    [Range(1024L * 1024, 64L * 1024 * 1024 * 1024)]
    public long MaxBytesPerNode { get; set; } = 256L * 1024 * 1024;

    /// <summary>Share of an account's places, and of a process's places and bytes, that one client may hold.</summary>
    /// <value>Default 0.5; range 0.01 to 1. At 1 one client may keep all others out.</value>
    [Range(0.01, 1.0)]
    public double ClientShare { get; set; } = 0.5;

    /// <summary>Share of the places and bytes, and of every window, that is kept for interactive calls: those of urgency 0 to 3.</summary>
    /// <value>Default 0.1; range 0 to 0.9.</value>
    [Range(0.0, 0.9)]
    public double InteractiveShare { get; set; } = 0.1;

    /// <summary>The share that a call of this urgency has to leave.</summary>
    internal double KeptFrom(int urgency) => urgency > QueuedCall.DefaultUrgency ? InteractiveShare : 0;

    /// <summary>How many of an account's calls go at once when an endpoint's window opens; the others follow evenly spaced.</summary>
    /// <value>Default 5; range 1 to 1,000.</value>
    [Range(1, 1000)]
    public int Burst { get; set; } = 5;
}
