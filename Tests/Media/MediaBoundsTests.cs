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
    [InlineData("tweet_video", 0.1, 1920, 1080)]
    [InlineData("tweet_video", 4 * 3600.0, 3840, 2160)]
    [InlineData("dm_video", 600.0, 1080, 1920)]
    [InlineData("amplify_video", 600.0, 31, 400)]
    public void Dimensions_and_length_are_for_X_to_judge(string category, double seconds, int width, int height) =>
        Assert.Null(MediaBounds.Inspect("video/mp4", category, Mp4(seconds, width, height, isLong: false), Options));

    [Theory]
    [InlineData("image/jpeg", "tweet_image", 5 << 20, true)]
    [InlineData("image/jpeg", "tweet_image", (5 << 20) + 1, false)]
    [InlineData("image/gif", "tweet_gif", 15 << 20, true)]
    [InlineData("image/gif", "tweet_gif", (15 << 20) + 1, false)]
    [InlineData("video/mp4", "tweet_video", 600_000_000, true)]
    [InlineData("video/mp4", "amplify_video", 4_194_304_000, true)]
    [InlineData("video/mp4", "tweet_video", 4_194_304_001, false)]
    [InlineData("text/srt", "subtitles", 2 << 20, true)]
    public void Only_more_than_any_source_allows_is_too_large(string type, string category, long bytes, bool passes)
    {
        var refused = MediaBounds.CheckDeclared(type, category, bytes, Options);
        Assert.Equal(passes ? null : RejectionReason.MediaTooLarge, refused?.Reason);
    }

    [Theory]
    [InlineData(10.0, 1280, 720, null)]
    [InlineData(10.0, 720, 1280, null)] // a phone held upright
    [InlineData(140.1, 1280, 720, "140 seconds (Media:MaxVideoDuration)")]
    [InlineData(10.0, 1920, 1080, "1280 x 1024 pixels (Media:MaxVideoLongSide")]
    [InlineData(10.0, 1280, 1100, "1280 x 1024 pixels (Media:MaxVideoLongSide")]
    public void What_the_operator_excludes_is_refused_by_what_the_header_tells(double seconds, int width, int height, string? bound)
    {
        var lower = new MediaOptions
        {
            MaxVideoDuration = TimeSpan.FromSeconds(140),
            MaxVideoLongSide = 1280,
            MaxVideoShortSide = 1024,
        };
        foreach (var isLong in (bool[])[false, true])
        {
            var refused = MediaBounds.Inspect("video/mp4", "tweet_video", Mp4(seconds, width, height, isLong), lower);
            Assert.Equal(bound is null ? null : RejectionReason.MediaInvalid, refused?.Reason);
            Assert.Contains(bound ?? "", refused?.Detail ?? "", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_header_that_is_cut_off_or_garbled_tells_nothing_and_breaks_nothing()
    {
        var random = new Random(1);
        foreach (var whole in (byte[][])[Mp4(600, 1920, 1080, isLong: true), Mp4(600, 1920, 1080, isLong: false)])
        {
            for (var length = 0; length < whole.Length; length++)
            {
                MediaBounds.Inspect("text/srt", "tweet_video", whole.AsSpan(0, length), Options);
            }

            for (var i = 0; i < 2000; i++)
            {
                var garbled = whole.ToArray();
                for (var flips = 0; flips < 4; flips++)
                    garbled[random.Next(garbled.Length)] = (byte)random.Next(256);
                MediaBounds.Inspect("text/srt", "tweet_video", garbled, Options);
            }
        }
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
