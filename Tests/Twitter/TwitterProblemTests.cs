using System.IO.Compression;
using System.Text;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Tests.Twitter;

public sealed class TwitterProblemTests
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
        Assert.Equal(type, TwitterProblem.Of([], Encoding.UTF8.GetBytes(body)).Type);

    [Theory]
    [InlineData("""{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}""", "Unauthorized")]
    [InlineData("""{"title":"CreditsDepleted","detail":"No credits on this app.","account_id":1}""", "No credits on this app.")]
    [InlineData(
        """{"errors":[{"parameters":{"id":["x"]},"message":"The `id` is no number"}],"title":"Invalid Request","detail":"One or more"}""",
        "The `id` is no number"
    )]
    [InlineData("""{"errors":[{"title":"Forbidden","detail":"This user has been suspended."}]}""", "This user has been suspended.")]
    [InlineData("""{"errors":[{"code":88,"message":"Rate limit exceeded"}]}""", "Rate limit exceeded")]
    [InlineData("""{"errors":["plain"]}""", "plain")]
    [InlineData(
        """{"error":"invalid_request","error_description":"Value passed for the token was invalid."}""",
        "Value passed for the token was invalid."
    )]
    [InlineData("""{"request":"/2/media","error":"media type unrecognized."}""", "media type unrecognized.")]
    [InlineData("""{"error":{"message":"deep"}}""", "deep")]
    [InlineData("""{"title":"Forbidden","registration_url":"https://x.com/r"}""", "Forbidden https://x.com/r")]
    [InlineData("\uFEFF{\"detail\":\"after a mark\"}", "after a mark")]
    [InlineData("\"text in JSON\"", "text in JSON")]
    [InlineData("error code: 1015\r\n", "error code: 1015")]
    [InlineData(
        "<!DOCTYPE html><html><head><TITLE>\n Attention Required! &#124; Cloudflare</TITLE></head><body>long</body>",
        "Attention Required! | Cloudflare"
    )]
    [InlineData("<html>no title</html>", null)]
    [InlineData("", null)]
    [InlineData("  ", null)]
    [InlineData("{\"detail\":", null)]
    [InlineData("""{"detail":7,"title":null}""", null)]
    public void Xs_own_words_are_read_in_every_shape(string body, string? words) =>
        Assert.Equal(words, TwitterProblem.Of([], Encoding.UTF8.GetBytes(body)).Words);

    [Fact]
    public void Words_are_one_line_of_bounded_length()
    {
        var words = TwitterProblem.Of([], Encoding.UTF8.GetBytes("a\u0007\r\nb" + new string('c', 195) + "\U0001F600")).Words!;
        Assert.StartsWith("a bc", words, StringComparison.Ordinal);
        Assert.InRange(words.Length, 190, 200);
        Assert.False(char.IsHighSurrogate(words[^1]));
    }

    [Theory]
    [InlineData("<html><title>Attention Required!</title>", true)]
    [InlineData("error code: 1010", true)]
    [InlineData("media type unrecognized", false)]
    [InlineData("""{"title":"Forbidden"}""", false)]
    [InlineData("", false)]
    public void A_page_or_code_of_the_edge_is_no_word_of_X(string body, bool isOfEdge) =>
        Assert.Equal(isOfEdge, TwitterProblem.Of([], Encoding.UTF8.GetBytes(body)).IsOfEdge);

    [Theory]
    [InlineData("""{"data":{"id":"1"}}""", false)]
    [InlineData("""{"data":{"id":"1"},"errors":[]}""", false)]
    [InlineData("""{"errors":[{"detail":"no"}]}""", true)]
    public void Errors_are_noticed_beside_a_success(string body, bool hasErrors) =>
        Assert.Equal(hasErrors, TwitterProblem.Of([], Encoding.UTF8.GetBytes(body)).HasErrors);

    [Theory]
    [InlineData("gzip, br, zstd, dcz", "gzip, br, zstd")]
    [InlineData("gzip;q=0.5,dcb;q=1.0, *", "gzip;q=0.5")]
    [InlineData("compress", "identity")]
    [InlineData("GZIP", "GZIP")]
    [InlineData("", "identity")]
    public void Only_codings_that_can_be_read_are_asked_of_X(string asked, string sent) =>
        Assert.Equal(sent, HeaderPolicy.ValueForX("accept-encoding", asked));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("zstd")]
    public void A_compressed_body_is_read_too(string encoding) =>
        Assert.Equal(
            "usage-capped",
            TwitterProblem.Of([new("Content-Encoding", encoding)], Compressed(encoding, Encoding.UTF8.GetBytes(Capped))).Type
        );

    [Fact]
    public void A_body_that_is_not_what_it_says_it_is_tells_nothing()
    {
        Assert.Equal(default, TwitterProblem.Of([new("Content-Encoding", "zstd")], Encoding.UTF8.GetBytes(Capped)));
        Assert.Equal(default, TwitterProblem.Of([new("Content-Encoding", "gzip")], Encoding.UTF8.GetBytes(Capped)));
        Assert.Equal(default, TwitterProblem.Of([new("Content-Encoding", "compress")], Encoding.UTF8.GetBytes(Capped)));
    }

    [Fact]
    public void A_bomb_is_not_unpacked() =>
        Assert.Equal(
            default,
            TwitterProblem.Of(
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
        Assert.Equal(kind, new TwitterProblem(type, null).CapOf(status));

    private static byte[] Compressed(string encoding, byte[] body)
    {
        using var to = new MemoryStream();
        using (
            Stream encoder = encoding switch
            {
                "gzip" => new GZipStream(to, CompressionLevel.Fastest),
                "br" => new BrotliStream(to, CompressionLevel.Fastest),
                "zstd" => new ZstdSharp.CompressionStream(to),
                _ => new ZLibStream(to, CompressionLevel.Fastest),
            }
        )
        {
            encoder.Write(body);
        }

        return to.ToArray();
    }
}
