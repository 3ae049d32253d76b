using System.IO.Compression;
using System.Text;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class ProblemTypeTests
{
    private const string Capped = """{"title":"UsageCapExceeded","type":"https://api.twitter.com/2/problems/usage-capped"}""";

    [Theory]
    [InlineData(Capped, "usage-capped")]
    [InlineData("""{"type":"https://api.x.com/2/problems/usage-capped/"}""", "usage-capped")]
    [InlineData("""{"type":"about:blank","status":429}""", "about:blank")]
    [InlineData("""{"errors":[{"code":88,"message":"Rate limit exceeded"}]}""", "rate-limit-exceeded")]
    [InlineData("""{"errors":[{"type":"https://api.x.com/2/problems/credits"}]}""", "credits")]
    [InlineData("""{"type":7}""", null)]
    [InlineData("""{"errors":[]}""", null)]
    [InlineData("[]", null)]
    [InlineData("\"usage-capped\"", null)]
    [InlineData("<html>", null)]
    [InlineData("", null)]
    public void The_last_segment_of_the_type_is_read(string body, string? type) =>
        Assert.Equal(type, ProblemType.Of([], Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void A_compressed_body_is_read_too(string encoding) =>
        Assert.Equal(
            "usage-capped",
            ProblemType.Of([new("Content-Encoding", encoding)], Compressed(encoding, Encoding.UTF8.GetBytes(Capped)))
        );

    [Fact]
    public void A_body_that_is_not_what_it_says_it_is_tells_nothing()
    {
        Assert.Null(ProblemType.Of([new("Content-Encoding", "gzip")], Encoding.UTF8.GetBytes(Capped)));
        Assert.Null(ProblemType.Of([new("Content-Encoding", "zstd")], Encoding.UTF8.GetBytes(Capped)));
    }

    [Fact]
    public void A_bomb_is_not_unpacked() =>
        Assert.Null(
            ProblemType.Of(
                [new("Content-Encoding", "gzip")],
                Compressed("gzip", Encoding.UTF8.GetBytes("{\"a\":\"" + new string('a', 50_000_000)))
            )
        );

    [Theory]
    [InlineData(402, "credits", UsageCapKind.CreditsDepleted)]
    [InlineData(402, "credits-depleted", UsageCapKind.CreditsDepleted)]
    [InlineData(402, null, UsageCapKind.CreditsDepleted)]
    [InlineData(429, "usage-capped", UsageCapKind.UsageCapped)]
    [InlineData(429, "about:blank", null)]
    [InlineData(429, null, null)]
    [InlineData(403, "usage-capped", null)]
    public void A_cap_is_told_by_status_and_type(int status, string? type, UsageCapKind? kind) =>
        Assert.Equal(kind, ProblemType.CapOf(status, type));

    private static byte[] Compressed(string encoding, byte[] body)
    {
        using var to = new MemoryStream();
        using (
            Stream encoder = encoding switch
            {
                "gzip" => new GZipStream(to, CompressionLevel.Fastest),
                "br" => new BrotliStream(to, CompressionLevel.Fastest),
                _ => new ZLibStream(to, CompressionLevel.Fastest),
            }
        )
        {
            encoder.Write(body);
        }

        return to.ToArray();
    }
}
