namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// How an upload is cut for X: segments of one length, the last one shorter. X takes 1000 at most (segment_index 0 to 999), and lengths
/// between 1 and 4 MiB are what its clients are known to send.
/// </summary>
/// <param name="TotalBytes">The whole.</param>
/// <param name="SegmentBytes">Every segment but the last.</param>
public readonly record struct SegmentPlan(long TotalBytes, int SegmentBytes)
{
    public const int MinSegmentBytes = 1024 * 1024;
    public const int MaxSegmentBytes = 4 * 1024 * 1024;
    public const int MaxSegments = 1000;

    /// <summary>
    /// As many as are aimed at: few enough to leave X's window of appends to others, many enough for a cut to cost little.
    /// </summary>
    private const int Aim = 256;

    public int Segments => (int)((TotalBytes + SegmentBytes - 1) / SegmentBytes);

    /// <summary>The plan for an upload.</summary>
    /// <param name="totalBytes">At least 1.</param>
    /// <param name="maxSegmentBytes">The longest segment, 1 to 4 MiB.</param>
    /// <returns>Null when 1000 segments do not hold it.</returns>
    public static SegmentPlan? For(long totalBytes, int maxSegmentBytes = MaxSegmentBytes)
    {
        if (totalBytes > (long)MaxSegments * maxSegmentBytes)
            return null;
        var mebibytes = (totalBytes + (long)Aim * MinSegmentBytes - 1) / ((long)Aim * MinSegmentBytes);
        var wanted = Math.Max(mebibytes * MinSegmentBytes, (totalBytes + MaxSegments - 1) / MaxSegments);
        return new(totalBytes, (int)Math.Clamp(wanted, MinSegmentBytes, maxSegmentBytes));
    }

    public int IndexOf(long offset) => (int)(offset / SegmentBytes);

    public long StartOf(int index) => Math.Min((long)index * SegmentBytes, TotalBytes);

    public long EndOf(int index) => StartOf(index + 1);
}
