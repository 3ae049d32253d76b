using System.Globalization;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>
/// Checks the target of a forwarded call. It is sent exactly as the client wrote it, if every server reads it the same way.
/// </summary>
public static class ForwardTarget
{
    private const string Prefix = "/2/";

    /// <summary>Checks a raw request target.</summary>
    /// <param name="rawTarget">The request line's target, not unescaped.</param>
    /// <param name="path">Its path.</param>
    /// <returns>Null when the target is valid; otherwise the problem.</returns>
    public static string? Check(string rawTarget, out ReadOnlySpan<char> path)
    {
        var query = rawTarget.IndexOf('?', StringComparison.Ordinal);
        path = query < 0 ? rawTarget : rawTarget.AsSpan(0, query);
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            return "The target must begin with /2/ as sent, without another host and without dot segments.";
        if (CheckQuery(rawTarget) is { } fault)
            return fault;
        if (path.Contains(';'))
            return "The path has a ';', which some servers treat as the end of a segment.";
        if (path.Contains('\\') || path.Contains("//", StringComparison.Ordinal))
            return "The path has a backslash or an empty segment.";
        for (var rest = path; rest.IndexOf('%') is var at && at >= 0; rest = rest[(at + 1)..])
        {
            if (
                at + 3 > rest.Length
                || !byte.TryParse(rest.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet)
            )
            {
                return "The path has a '%' that does not begin an escape.";
            }

            // RFC 3986 section 6.2.2.2: some servers treat an escaped unreserved character as the plain one; the endpoint table does not.
            if (
                octet is 0 or (byte)'/' or (byte)'\\' or (byte)'%' or (byte)';' or (byte)'?' or (byte)'#'
                || char.IsAsciiLetterOrDigit((char)octet)
                || "-._~".Contains((char)octet, StringComparison.Ordinal)
            )
            {
                return $"The path has {rest.Slice(at, 3)}, which some servers decode and others do not.";
            }
        }

        foreach (var range in path.Split('/'))
        {
            if (path[range] is "." or "..")
                return "The path has a dot segment.";
        }

        return null;
    }

    /// <summary>Checks a query or a whole target for characters that must be escaped.</summary>
    /// <returns>Null when it is valid; otherwise the problem.</returns>
    public static string? CheckQuery(ReadOnlySpan<char> query) =>
        query.ContainsAnyExceptInRange('!', '~') || query.Contains('#') ? "The target has characters that must be escaped." : null;
}
