using System.Globalization;
using System.Text;

namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>How the end of a body is told.</summary>
internal enum Framing
{
    Length,
    Chunked,
    Odd,
}

/// <summary>The last headers, the empty line and the body.</summary>
internal static class FramingExtensions
{
    public static string Frame(this Framing framing, string? body, string method, Random random)
    {
        if (body is null && framing is not Framing.Odd)
            return method is "POST" or "PUT" or "PATCH" ? "Content-Length: 0\r\n\r\n" : "\r\n";
        return framing switch
        {
            Framing.Length => $"Content-Length: {Number(body!.Length)}\r\n\r\n{body}",
            Framing.Chunked => $"Transfer-Encoding: chunked\r\n\r\n{Chunks(body!, random)}",
            _ => OddFrame(body ?? "", random),
        };
    }

    private static string OddFrame(string body, Random random)
    {
        var length = Number(body.Length);
        return random.Next(14) switch
        {
            0 => $"Content-Length: {Number(body.Length + random.Next(1, 1000))}\r\n\r\n{body}",
            1 => $"Content-Length: {Number(random.Next(body.Length + 1))}\r\n\r\n{body}",
            2 => $"Content-Length: {length}\r\nContent-Length: {Number(body.Length + 1)}\r\n\r\n{body}",
            3 => $"Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n{Chunks(body, random)}",
            4 =>
                $"Content-Length: {random.OneOf(["-1", "+1", "1,1", "0x1", " ", "9223372036854775807", "99999999999999999999", "17000000"])}\r\n\r\n{body}",
            5 =>
                $"Transfer-Encoding: {random.OneOf(["identity", "gzip, chunked", "chunked, gzip", "xchunked", "chunked;a", "\u000bchunked", "chunked, chunked"])}\r\n\r\n{Chunks(body, random)}",
            6 => $"Transfer-Encoding : chunked\r\n\r\n{Chunks(body, random)}",
            7 =>
                $"Transfer-Encoding: chunked\r\n\r\n{random.OneOf(["ffffffffffffffff", "-1", "", "g", "0x5", "7fffffff", "80000000", "5;a=\n", "5;a=\"\r\n\"", "1 "])}\r\n{body}\r\n0\r\n\r\n",
            8 => $"Transfer-Encoding: chunked\r\n\r\n{Number(body.Length, "x")}\n{body}\n0\n\n",
            9 => $"Transfer-Encoding: chunked\r\n\r\n{Chunks(body, random)[..^2]}Authorization: Bearer a\r\nContent-Length: 9\r\n\r\n",
            10 => $"Transfer-Encoding: chunked\r\n\r\n{Chunks(body, random)[..^2]}{new string('a', random.Next(40_000))}: b\r\n\r\n",
            11 => $"Transfer-Encoding: chunked\r\n\r\n1;{new string('a', random.Next(40_000))}\r\nx\r\n0\r\n\r\n",
            12 => $"Content-Length: {length}\r\n X-Folded: a\r\n\r\n{body}",
            _ => $"\r\n{body}",
        };
    }

    private static string Chunks(string body, Random random)
    {
        var text = new StringBuilder();
        for (var at = 0; at < body.Length; )
        {
            var size = Math.Min(body.Length - at, random.Next(1, Math.Max(2, body.Length)));
            text.Append(Number(size, "x")).Append("\r\n").Append(body, at, size).Append("\r\n");
            at += size;
        }

        return text.Append("0\r\n\r\n").ToString();
    }

    private static string Number(int value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);
}
