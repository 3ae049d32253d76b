using System.Buffers.Binary;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// What the beginning of an MP4 or QuickTime file tells (ISO/IEC 14496-12: boxes moov, mvhd, trak, tkhd), if its moov box is there and not
/// at the end of the file.
/// </summary>
/// <param name="Duration">Of the whole; null when it is not told.</param>
/// <param name="Width">Of the largest track, in pixels.</param>
/// <param name="Height">Of the largest track, in pixels.</param>
internal readonly record struct Mp4Header(TimeSpan? Duration, int? Width, int? Height)
{
    private const int MaxDepth = 3;

    /// <returns>Null when nothing is told.</returns>
    public static Mp4Header? Read(ReadOnlySpan<byte> head)
    {
        var header = Walk(head, default, MaxDepth);
        return header == default ? null : header;
    }

    private static Mp4Header Walk(ReadOnlySpan<byte> boxes, Mp4Header header, int depth)
    {
        while (boxes.Length >= 8)
        {
            long size = BinaryPrimitives.ReadUInt32BigEndian(boxes);
            var start = 8;
            if (size == 1 && boxes.Length >= 16)
            {
                size = (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(boxes[8..]), long.MaxValue);
                start = 16;
            }

            if (size == 0)
                size = boxes.Length; // to the end
            if (size < start)
                return header; // no box: stop before going round in circles
            var content = boxes[start..(int)Math.Max(start, Math.Min(size, boxes.Length))];
            if (boxes[4..8].SequenceEqual("mvhd"u8))
                header = header with { Duration = DurationOf(content) };
            else if (boxes[4..8].SequenceEqual("tkhd"u8))
                header = WithTrack(header, content);
            else if (depth > 0 && (boxes[4..8].SequenceEqual("moov"u8) || boxes[4..8].SequenceEqual("trak"u8)))
                header = Walk(content, header, depth - 1);
            if (size >= boxes.Length)
                return header;
            boxes = boxes[(int)size..];
        }

        return header;
    }

    private static TimeSpan? DurationOf(ReadOnlySpan<byte> mvhd)
    {
        if (mvhd.Length < 32)
            return null;
        var isLong = mvhd[0] == 1;
        var scale = BinaryPrimitives.ReadUInt32BigEndian(mvhd[(isLong ? 20 : 12)..]);
        var units = isLong ? BinaryPrimitives.ReadUInt64BigEndian(mvhd[24..]) : BinaryPrimitives.ReadUInt32BigEndian(mvhd[16..]);
        var unknown = isLong ? ulong.MaxValue : uint.MaxValue;
        if (scale == 0 || units == 0 || units == unknown)
            return null; // zero: in fragments, whose lengths are told elsewhere
        var seconds = units / (double)scale;
        return seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue;
    }

    private static Mp4Header WithTrack(Mp4Header header, ReadOnlySpan<byte> tkhd)
    {
        var sizesAt = tkhd.Length > 0 && tkhd[0] == 1 ? 88 : 76;
        if (tkhd.Length < sizesAt + 8)
            return header;
        var (width, height) = (
            BinaryPrimitives.ReadUInt16BigEndian(tkhd[sizesAt..]),
            BinaryPrimitives.ReadUInt16BigEndian(tkhd[(sizesAt + 4)..])
        ); // 16.16
        if (width == 0 || height == 0 || (long)width * height <= (long)(header.Width ?? 0) * (header.Height ?? 0))
            return header; // sound has no size
        return header with { Width = width, Height = height };
    }
}
