using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>Bounds of X's that are checked before a byte goes there, and how managed uploads are carried. Section <c>Media</c>.</summary>
public sealed class MediaOptions
{
    public const string Section = "Media";

    private const long MostBytes = 4_194_304_000;

    /// <summary>The largest image, in bytes.</summary>
    /// <value>Default 5 MiB; range 1 KiB to 1000 segments of 4 MiB.</value>
    [Range(1024L, MostBytes)]
    public long MaxImageBytes { get; set; } = 5 * 1024 * 1024;

    /// <summary>The largest animated GIF, in bytes.</summary>
    /// <value>Default 15 MiB; range 1 KiB to 1000 segments of 4 MiB.</value>
    [Range(1024L, MostBytes)]
    public long MaxGifBytes { get; set; } = 15 * 1024 * 1024;

    /// <summary>The largest video or subtitles, in bytes.</summary>
    /// <value>Default, and largest: 1000 segments of 4 MiB, which is what can be sent to X. X may take less of an account.</value>
    [Range(1024L, MostBytes)]
    public long MaxVideoBytes { get; set; } = MostBytes;

    /// <summary>The longest video, where its first segment tells. X has bounds of its own, by account.</summary>
    /// <value>Default 1 d, which is none; range 1 s to 1 d.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxVideoDuration { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The longer side of a video, in pixels, whichever way it is held. X has bounds of its own.</summary>
    /// <value>Default 16384, which is none; range 32 to 16384.</value>
    [Range(32, 16_384)]
    public int MaxVideoLongSide { get; set; } = 16_384;

    /// <summary>The shorter side of a video, in pixels.</summary>
    /// <value>Default 16384, which is none; range 32 to 16384.</value>
    [Range(32, 16_384)]
    public int MaxVideoShortSide { get; set; } = 16_384;

    /// <summary>
    /// The longest segment that goes to X, in bytes. Smaller ones lose less to a broken line and use up X's window of appends sooner.
    /// </summary>
    /// <value>Default 4 MiB; range 1 to 4 MiB. X's clients are known to send no more.</value>
    [Range(SegmentPlan.MinSegmentBytes, SegmentPlan.MaxSegmentBytes)]
    public int MaxSegmentBytes { get; set; } = SegmentPlan.MaxSegmentBytes;

    /// <summary>
    /// Segments of one upload on their way to X at the same time. With one more being received, they are the memory an upload takes.
    /// </summary>
    /// <value>Default 3; range 1 to 8. One sends them strictly in order.</value>
    [Range(1, 8)]
    public int SegmentsAtOnce { get; set; } = 3;

    /// <summary>
    /// How long a segment is tried while X, its limits or the way there are in trouble, before the client is told; it resumes then.
    /// </summary>
    /// <value>Default 1 min; range 0 to 5 min. Zero tells at the first trouble. In a cluster a call's messages live little longer than
    /// five minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan SegmentRetryTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an unfinished upload is kept, unless X forgets it earlier.</summary>
    /// <value>Default 24 h; range 1 min to 14 d.</value>
    [Range(typeof(TimeSpan), "00:01:00", "14.00:00:00")]
    public TimeSpan UnfinishedLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long X may take to process an upload before it counts as stuck.</summary>
    /// <value>Default 30 min; range 10 s to 1 d.</value>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan ProcessingTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Unfinished uploads of an account: begun, and not every byte is at X.</summary>
    /// <value>Default 100; range 1 to 10,000.</value>
    [Range(1, 10_000)]
    public int MaxOpenPerAccount { get; set; } = 100;

    /// <summary>Bytes of an account's unfinished uploads, by their Upload-Length.</summary>
    /// <value>Default 16 GiB; range 1 MiB to 1 PiB.</value>
    [Range(1L << 20, 1L << 50)]
    public long MaxOpenBytesPerAccount { get; set; } = 16L << 30;

    /// <summary>Unfinished uploads of a client, of all accounts. Counted in memory: from 0 when the silo that counts is lost.</summary>
    /// <value>Default 10,000; range 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int MaxOpenPerClient { get; set; } = 10_000;

    /// <summary>Bytes of a client's unfinished uploads, of all accounts.</summary>
    /// <value>Default 1 TiB; range 1 MiB to 1 EiB.</value>
    [Range(1L << 20, 1L << 60)]
    public long MaxOpenBytesPerClient { get; set; } = 1L << 40;

    /// <summary>The largest upload of any kind.</summary>
    public long MaxBytes => Math.Max(MaxImageBytes, Math.Max(MaxGifBytes, MaxVideoBytes));
}
