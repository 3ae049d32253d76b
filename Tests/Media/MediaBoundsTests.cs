using System.Buffers.Binary;
using System.Text;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class MediaBoundsTests
{
    private static readonly MediaOptions Options = new();

    [Theory]
    [InlineData("image/png", "89504E470D0A1A0A")]
    [InlineData("image/jpeg", "FFD8FFE000104A46")]
    [InlineData("image/gif", "474946383961")]
    [InlineData("image/webp", "524946460000000057454250")]
    [InlineData("image/bmp", "424D")]
    [InlineData("image/tiff", "49492A00")]
    [InlineData("image/tiff", "4D4D002A")]
    [InlineData("video/webm", "1A45DFA3")]
    [InlineData("video/mp4", "000000186674797069736F6D")]
    [InlineData("video/quicktime", "000000146674797071742020")]
    [InlineData("video/quicktime", "000000086D646174")]
    [InlineData(null, "0102030405060708090A0B0C")]
    [InlineData(null, "")]
    [InlineData(null, "89")]
    public void A_type_is_told_by_its_first_bytes(string? type, string hex) =>
        Assert.Equal(type, MediaSniffer.TypeOf(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("video/mp4", "video/quicktime", true)]
    [InlineData("video/quicktime", "video/mp4", true)]
    [InlineData("image/jpeg", "image/pjpeg", true)]
    [InlineData("image/png", "image/jpeg", false)]
    [InlineData("video/mp4", "image/png", false)]
    [InlineData("image/png", "video/mp4", false)]
    public void Types_that_nobody_tells_apart_agree(string found, string declared, bool agree) =>
        Assert.Equal(agree, MediaSniffer.Agree(found, declared));

    [Theory]
    [InlineData(1280, 1080, 350, null)]
    [InlineData(1281, 10, 1, "1280 x 1080")]
    [InlineData(10, 1081, 1, "1280 x 1080")]
    [InlineData(10, 10, 351, "350 frames")]
    [InlineData(1280, 1000, 300, "300000000 pixels")]
    public void A_GIF_is_held_to_its_dimensions_and_frames(int width, int height, int frames, string? bound) =>
        AssertBound(
            bound,
            MediaBounds.Inspect("image/gif", "tweet_gif", Gif(width, height, frames), Options),
            allows: width * height * (long)frames <= 300_000_000
        );

    [Theory]
    [InlineData(10.0, 1280, 720, null)]
    [InlineData(10.0, 720, 1280, null)] // a phone held upright
    [InlineData(140.0, 32, 32, null)]
    [InlineData(0.5, 1280, 1024, null)]
    [InlineData(140.1, 1280, 720, "140 seconds")]
    [InlineData(0.4, 1280, 720, "0.5 to")]
    [InlineData(10.0, 1920, 1080, "1280 x 1024")]
    [InlineData(10.0, 31, 40, "32 x 32")]
    [InlineData(10.0, 1200, 300, "3:1")]
    public void A_video_is_held_to_what_its_header_tells(double seconds, int width, int height, string? bound)
    {
        AssertBound(
            bound,
            MediaBounds.Inspect("video/mp4", "tweet_video", Mp4(seconds, width, height, isLong: false), Options),
            allows: true
        );
        AssertBound(
            bound,
            MediaBounds.Inspect("video/mp4", "tweet_video", Mp4(seconds, width, height, isLong: true), Options),
            allows: true
        );
    }

    [Fact]
    public void What_the_operator_allows_is_allowed() =>
        Assert.Null(
            MediaBounds.Inspect(
                "video/mp4",
                "tweet_video",
                Mp4(600, 1920, 1080, isLong: false),
                new()
                {
                    MaxVideoDuration = TimeSpan.FromHours(1),
                    MaxVideoLongSide = 1920,
                    MaxVideoShortSide = 1080,
                }
            )
        );

    [Fact]
    public void A_header_that_is_cut_off_or_garbled_tells_nothing_and_breaks_nothing()
    {
        var random = new Random(1);
        foreach (var whole in (byte[][])[Mp4(600, 1920, 1080, isLong: true), Gif(1280, 1080, 40)])
        {
            for (var length = 0; length < whole.Length; length++)
            {
                MediaBounds.Inspect("text/srt", "tweet_video", whole.AsSpan(0, length), Options);
                MediaBounds.Inspect("text/srt", "tweet_gif", whole.AsSpan(0, length), Options);
            }

            for (var i = 0; i < 2000; i++)
            {
                var garbled = whole.ToArray();
                for (var flips = 0; flips < 4; flips++)
                    garbled[random.Next(garbled.Length)] = (byte)random.Next(256);
                MediaBounds.Inspect("text/srt", "tweet_video", garbled, Options);
                MediaBounds.Inspect("text/srt", "tweet_gif", garbled, Options);
            }
        }
    }

    private static void AssertBound(string? bound, Rejection? refused, bool allows)
    {
        if (bound is null && allows)
        {
            Assert.Null(refused);
            return;
        }

        Assert.Equal(RejectionReason.MediaInvalid, refused?.Reason);
        Assert.Contains(bound ?? "pixels", refused!.Detail, StringComparison.Ordinal);
    }

    private static byte[] Gif(int width, int height, int frames)
    {
        // A colour table of two.
        List<byte> gif = [.. "GIF89a"u8, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0x80, 0, 0, 1, 1, 1, 2, 2, 2];
        gif.AddRange([0x21, 0xff, 3, 1, 2, 3, 0]); // an extension
        for (var i = 0; i < frames; i++)
            gif.AddRange([0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
        return [.. gif, 0x3b];
    }

    private static byte[] Mp4(double seconds, int width, int height, bool isLong)
    {
        byte[] mvhd = isLong
            ? [1, 0, 0, 0, .. new byte[16], .. Big(1000), .. new byte[4], .. Big((uint)(seconds * 1000)), .. new byte[80]]
            : [0, 0, 0, 0, .. new byte[8], .. Big(1000), .. Big((uint)(seconds * 1000)), .. new byte[80]];
        byte[] tkhd = [(byte)(isLong ? 1 : 0), .. new byte[isLong ? 87 : 75], .. Big((uint)width << 16), .. Big((uint)height << 16)];
        byte[] sound = [0, .. new byte[83]];
        return
        [
            .. Box("ftyp", "isom\0\0\0\0isom"u8),
            .. Box("free", new byte[100]),
            .. Box("moov", [.. Box("mvhd", mvhd), .. Box("trak", Box("tkhd", sound)), .. Box("trak", Box("tkhd", tkhd))]),
            .. Box("mdat", new byte[500]),
        ];
    }

    private static byte[] Box(string type, ReadOnlySpan<byte> content) =>
        [.. Big((uint)content.Length + 8), .. Encoding.ASCII.GetBytes(type), .. content];

    private static byte[] Big(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }
}
