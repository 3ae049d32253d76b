namespace OrleansTwitterProxy.Core.Clients;

/// <summary>
/// A URL to which a sign-in may return. Parsing is strict, so that every parser agrees about its destination: it must not have userinfo, a
/// fragment, control characters also as escapes, backslashes, dot segments, escaped slashes or a scheme other than http and https.
/// </summary>
public sealed record ReturnUrl
{
    private const int MaxLength = 2000;

    private ReturnUrl(string origin, string path) => (Origin, Path) = (origin, path);

    private string Origin { get; }

    private string Path { get; }

    public static ReturnUrl? TryParse(string? value)
    {
        if (
            value is null
            || value.Length > MaxLength
            || value.AsSpan().ContainsAnyExceptInRange('!', '~')
            || value.AsSpan().ContainsAny("\\#<>\"")
        )
            return null;
        var authority = value switch
        {
            _ when value.StartsWith("https://", StringComparison.Ordinal) => value.AsSpan("https://".Length),
            _ when value.StartsWith("http://", StringComparison.Ordinal) => value.AsSpan("http://".Length),
            _ => default, // also "HTTPS://", "//host" and "javascript:"
        };
        var end = authority.IndexOfAny('/', '?');
        var rest = end < 0 ? default : authority[end..];
        if (end >= 0)
            authority = authority[..end];
        if (authority.IsEmpty || authority.ContainsAny("@%") || !Uri.TryCreate(value, UriKind.Absolute, out var uri))
            return null;
        // The parsed host must be the written one; otherwise another parser might see a third.
        var written = uri.IsDefaultPort && !authority.EndsWith($":{uri.Port}") ? uri.Host : $"{uri.Host}:{uri.Port}";
        if (uri.HostNameType is UriHostNameType.Unknown || !authority.SequenceEqual(written))
            return null;
        var query = rest.IndexOf('?');
        var path = query < 0 ? rest : rest[..query];
        if (query >= 0 && HasOurParameters(rest[query..]))
            return null;
        return IsPlain(path) ? new($"{uri.Scheme}://{uri.Host}:{uri.Port}", path.IsEmpty ? "/" : path.ToString()) : null;
    }

    /// <summary>
    /// Whether this registered URL allows the candidate: same scheme, host and port, and its path is a prefix of whole segments.
    /// </summary>
    public bool Covers(ReturnUrl candidate) =>
        Origin == candidate.Origin
        && (candidate.Path == Path || candidate.Path.StartsWith(Path.EndsWith('/') ? Path : Path + "/", StringComparison.Ordinal));

    // The proxy appends these parameters; a second one would be ambiguous.
    private static bool HasOurParameters(ReadOnlySpan<char> query)
    {
        foreach (var range in query[1..].SplitAny("&;"))
        {
            // As the page will read it: decoded.
            var name = Uri.UnescapeDataString(query[1..][range].ToString().Replace('+', ' ')).TrimStart();
            if (
                name.StartsWith("handoff", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("error", StringComparison.OrdinalIgnoreCase)
            )
                return true;
        }

        return false;
    }

    private static bool IsPlain(ReadOnlySpan<char> path)
    {
        if (path.Contains("//", StringComparison.Ordinal))
            return false;
        // Dots, slashes, a second escape, and control characters.
        foreach (var escaped in (ReadOnlySpan<string>)["%2e", "%2f", "%5c", "%25", "%0", "%1", "%7f"])
        {
            if (path.Contains(escaped, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            var parameters = segment.IndexOf(';'); // some servers read "..;x" as ".."
            if ((parameters < 0 ? segment : segment[..parameters]) is "." or "..")
                return false;
        }

        return true;
    }
}
