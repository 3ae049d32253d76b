using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>
/// The one form of a forwarded call's target. It is made here, where the target enters; permissions, windows, circuits and fingerprints
/// are decided by it, and X receives it. What a server may read in another way than this proxy is refused.
/// <list type="bullet">
/// <item>Path: escapes of <c>: , @</c> and the like are plain, and a last slash is dropped. Other escapes are refused, as are dot segments,
/// empty segments, ';' and '\'.</item>
/// <item>Query: escapes of unreserved characters are plain, others upper case (RFC 3986 section 6.2.2). A name has no control character.
/// Order, repetitions and '+' stay.</item>
/// </list>
/// </summary>
public static class ForwardTarget
{
    private const string Prefix = "/2/";
    private const int MaxPath = 1024; // characters
    private const int MaxSegments = 16;

    /// <summary>Characters of a segment beside letters and digits that mean the same when they are escaped.</summary>
    private const string SegmentDelimiters = "!$&'()*,:=@";

    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    // The braces are for templates, in dry runs.
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create($"{Unreserved}{SegmentDelimiters}+/{{}}%");

    /// <summary>Brings a raw target into its one form.</summary>
    /// <param name="raw">The request line's target, not unescaped.</param>
    /// <param name="target">The target to compare and to send.</param>
    /// <returns>Null when the target is valid; otherwise the problem.</returns>
    public static string? Canonicalize(string raw, out string target)
    {
        target = raw;
        var path = PathOf(raw);
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            return "The target must begin with /2/ as sent, without another host and without dot segments.";
        if (path.Length > MaxPath || path.Count('/') > MaxSegments)
            return $"The path is longer than any of X's: up to {MaxPath} characters and {MaxSegments} segments are forwarded.";
        if (path.IndexOfAnyExcept(PathCharacters) is var odd && odd >= 0)
            return $"The path has a {Shown(path[odd])}, which no path of X's has.";
        if (path.Contains("//", StringComparison.Ordinal))
            return "The path has an empty segment.";
        foreach (var range in path.Split('/'))
        {
            if (path[range] is "." or "..")
                return "The path has a dot segment.";
        }

        if (path.Contains('%'))
        {
            if (UnescapePath(path, out var plain) is { } fault)
                return fault;
            target = string.Concat(plain, raw.AsSpan(path.Length));
        }

        if (PathOf(target) is ['/', '2', '/', .., '/'] slashed)
            target = target.Remove(slashed.Length - 1, 1);
        return CanonicalizeQuery(target, out target);
    }

    /// <summary>Brings the query of a target into its one form; the path is the proxy's own.</summary>
    /// <param name="raw">Path and query.</param>
    /// <param name="target">The target to compare and to send.</param>
    /// <returns>Null when the query is valid; otherwise the problem.</returns>
    public static string? CanonicalizeQuery(string raw, out string target)
    {
        target = raw;
        var path = PathOf(raw);
        if (path.Length == raw.Length)
            return null;
        var query = raw.AsSpan(path.Length + 1);
        if (query.ContainsAnyExceptInRange('!', '~') || query.Contains('#'))
            return "The target has characters that must be escaped.";
        if (query.IsEmpty)
            target = path.ToString();
        if (!query.Contains('%'))
            return null;
        var plain = new StringBuilder(raw.Length).Append(path).Append('?');
        foreach (var range in query.Split('&'))
        {
            if (range.Start.Value > 0)
                plain.Append('&');
            var pair = query[range];
            var equals = pair.IndexOf('=') is var at && at < 0 ? pair.Length : at;
            if (!TryUnescape(pair, Unreserved, plain))
                return "The query has a '%' that does not begin an escape.";
            if (pair[..equals].Contains('%') && !IsText(pair[..equals]))
                return "A name in the query has an escaped control character, or bytes that are not UTF-8.";
        }

        target = plain.ToString();
        return null;
    }

    /// <summary>The target without its query.</summary>
    public static ReadOnlySpan<char> PathOf(string target) =>
        target.IndexOf('?', StringComparison.Ordinal) is var query && query < 0 ? target : target.AsSpan(0, query);

    private static string? UnescapePath(ReadOnlySpan<char> path, out string plain)
    {
        var builder = new StringBuilder(path.Length);
        plain = "";
        if (!TryUnescape(path, SegmentDelimiters, builder))
            return "The path has a '%' that does not begin an escape.";
        plain = builder.ToString();
        // Of other characters, and of bytes beyond ASCII: none of X's paths has them, and servers differ on them.
        return plain.IndexOf('%', StringComparison.Ordinal) is var at && at < 0
            ? null
            : $"The path has {plain.AsSpan(at, 3)}, which no path of X's has. Write letters and digits plainly.";
    }

    // Escapes of the plain characters are undone, the others get upper-case digits.
    private static bool TryUnescape(ReadOnlySpan<char> text, string plainCharacters, StringBuilder into)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                into.Append(text[i]);
                continue;
            }

            if (i + 3 > text.Length || !TryParseOctet(text.Slice(i + 1, 2), out var octet))
                return false;
            if (plainCharacters.Contains((char)octet, StringComparison.Ordinal))
                into.Append((char)octet);
            else
                into.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
            i += 2;
        }

        return true;
    }

    // Whether the escapes give UTF-8 without control characters.
    private static bool IsText(ReadOnlySpan<char> escaped)
    {
        var bytes = new byte[escaped.Length];
        var length = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] == '%' && TryParseOctet(escaped.Slice(i + 1, 2), out bytes[length++]))
                i += 2;
            else if (escaped[i] != '%')
                bytes[length++] = (byte)escaped[i];
        }

        return Utf8.IsValid(bytes.AsSpan(0, length)) && !Encoding.UTF8.GetString(bytes, 0, length).Any(char.IsControl);
    }

    private static bool TryParseOctet(ReadOnlySpan<char> digits, out byte octet) =>
        byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octet);

    private static string Shown(char c) => c is > ' ' and <= '~' ? $"'{c}'" : "character that must be escaped";
}
