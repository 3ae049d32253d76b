using System.Globalization;
using System.Text;

namespace OrleansTwitterProxy.Fuzzing.Answers;

/// <summary>An answer as it stood on the wire.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">Names in lower case; lines of one name joined.</param>
/// <param name="Body">The bytes, without chunk framing.</param>
/// <param name="IsWhole">Whether it ended where it said.</param>
public sealed record Answer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool IsWhole)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    /// <summary>Reads one answer from the beginning of the bytes; interim answers are skipped.</summary>
    /// <param name="bytes">What has come.</param>
    /// <param name="toHead">Whether it answers a HEAD, and has no body.</param>
    /// <param name="ended">Whether nothing more will come.</param>
    /// <param name="length">How many bytes it has taken.</param>
    /// <returns>Null when it has not all come.</returns>
    /// <exception cref="FormatException">It is not HTTP.</exception>
    public static Answer? Read(ReadOnlySpan<byte> bytes, bool toHead, bool ended, out int length)
    {
        length = 0;
        while (true)
        {
            var rest = bytes[length..];
            var end = rest.IndexOf("\r\n\r\n"u8);
            if (end < 0)
                return null;
            var lines = Encoding.Latin1.GetString(rest[..end]).Split("\r\n");
            if (lines[0].Length < 12 || !lines[0].StartsWith("HTTP/1.", StringComparison.Ordinal))
                throw new FormatException($"This is no status line: {lines[0]}");
            var status = int.Parse(lines[0].AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
            length += end + 4;
            if (status is >= 100 and < 200 and not 101)
                continue;
            Dictionary<string, string> headers = new(StringComparer.Ordinal);
            foreach (var line in lines.Skip(1))
            {
                if (line.Split(':', 2) is not [var name, var value])
                    throw new FormatException($"This is no header: {line}");
                name = name.ToLowerInvariant();
                headers[name] = headers.TryGetValue(name, out var before) ? $"{before},{value.Trim()}" : value.Trim();
            }

            var (body, taken, whole) = BodyOf(bytes[length..], headers, toHead || status is 204 or 304, ended);
            length += taken;
            return whole || ended ? new(status, headers, body, whole) : null;
        }
    }

    private static (byte[] Body, int Taken, bool IsWhole) BodyOf(
        ReadOnlySpan<byte> rest,
        Dictionary<string, string> headers,
        bool isEmpty,
        bool ended
    )
    {
        if (isEmpty)
            return ([], 0, true);
        if (headers.TryGetValue("content-length", out var stated))
        {
            var length = int.Parse(stated, NumberStyles.None, CultureInfo.InvariantCulture);
            return rest.Length >= length ? (rest[..length].ToArray(), length, true) : (rest.ToArray(), rest.Length, false);
        }

        if (!headers.ContainsKey("transfer-encoding"))
            return (rest.ToArray(), rest.Length, ended);
        using var body = new MemoryStream();
        for (var at = 0; ; )
        {
            var line = rest[at..].IndexOf("\r\n"u8);
            if (line < 0)
                return (body.ToArray(), rest.Length, false);
            var size = int.Parse(Encoding.ASCII.GetString(rest.Slice(at, line)), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            at += line + 2;
            if (rest.Length < at + size + 2)
                return (body.ToArray(), rest.Length, false);
            body.Write(rest.Slice(at, size));
            at += size + 2;
            if (size == 0)
                return (body.ToArray(), at, true);
        }
    }
}
