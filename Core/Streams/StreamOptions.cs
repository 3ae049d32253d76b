using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>What is kept of X's streams for listeners that come back. Section <c>Streams</c>.</summary>
public sealed class StreamOptions
{
    public const string Section = "Streams";

    /// <summary>Events of a stream that the silo with its connection, and each front end with listeners, keep in memory.</summary>
    /// <value>Default 10,000; range 100 to 1,000,000. A listener that falls behind by more is disconnected.</value>
    [Range(100, 1_000_000)]
    public int BufferEvents { get; set; } = 10_000;

    /// <summary>Bytes of these events.</summary>
    /// <value>Default 16 MiB; range 64 KiB to 4 GiB.</value>
    [Range(64 * 1024, 4L * 1024 * 1024 * 1024)]
    public long BufferBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long a connection to X is kept without a listener: one that comes back within it misses nothing.</summary>
    /// <value>Default 30 s; range 0 to 10 min. X bills the events of this time.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan LingerFor { get; set; } = TimeSpan.FromSeconds(30);
}
