using System.Buffers.Binary;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>What the beginning of a GIF tells (GIF89a specification, sections 17 to 26).</summary>
/// <param name="Width">Of the logical screen, in pixels.</param>
/// <param name="Height">Of the logical screen, in pixels.</param>
/// <param name="FramesSeen">Frames that begin among the bytes at hand: the file may have more.</param>
internal readonly record struct GifHeader(int Width, int Height, int FramesSeen)
{
    private const int ScreenEnd = 13;

    /// <returns>Null when the bytes are fewer than a header.</returns>
    public static GifHeader? Read(ReadOnlySpan<byte> head)
    {
        if (head.Length < ScreenEnd)
            return null;
        var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(head[6..]), BinaryPrimitives.ReadUInt16LittleEndian(head[8..]));
        return new(width, height, CountFrames(head, ScreenEnd + ColorTableBytes(head[10])));
    }

    private static int CountFrames(ReadOnlySpan<byte> head, int at)
    {
        for (var frames = 0; ; )
        {
            if (at >= head.Length)
                return frames;
            switch (head[at])
            {
                case 0x21: // extension: introducer, label, sub-blocks
                    at = EndOfSubBlocks(head, at + 2);
                    break;
                case 0x2c: // image: separator, position, size, flags; colour table; code size; sub-blocks
                    frames++;
                    if (at + 10 > head.Length)
                        return frames;
                    at = EndOfSubBlocks(head, at + 10 + ColorTableBytes(head[at + 9]) + 1);
                    break;
                default: // the trailer, or what no reader understands
                    return frames;
            }
        }
    }

    private static int EndOfSubBlocks(ReadOnlySpan<byte> head, int at)
    {
        while (at < head.Length && head[at] != 0)
            at += head[at] + 1;
        return at + 1;
    }

    private static int ColorTableBytes(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
}
