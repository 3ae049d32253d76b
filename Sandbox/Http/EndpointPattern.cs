using System.IO.Enumeration;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// Selects endpoints in faults, limits and counters: <c>*</c>, a short name (<c>token</c>, <c>app_token</c>, <c>revoke</c>,
/// <c>authorize</c>, <c>stream</c>), an endpoint key (<c>POST /2/users/{id}/likes</c>), or an optional method and a path in which
/// <c>*</c> matches anything (<c>GET /2/users/*</c>).
/// </summary>
internal sealed class EndpointPattern
{
    private static readonly Dictionary<string, string> ShortNames = new()
    {
        ["authorize"] = "GET /i/oauth2/authorize",
        ["token"] = "POST /2/oauth2/token",
        ["app_token"] = "POST /oauth2/token",
        ["revoke"] = "POST /2/oauth2/revoke",
        ["stream"] = "GET /2/tweets/search/stream",
    };

    private readonly string? _method;
    private readonly string _path;

    public EndpointPattern(string text)
    {
        text = ShortNames.GetValueOrDefault(text, text);
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        _method = space < 0 ? null : text[..space];
        _path = text[(space + 1)..];
    }

    public bool MatchesKey(string endpointKey)
    {
        var space = endpointKey.IndexOf(' ', StringComparison.Ordinal);
        return MatchesMethod(endpointKey.AsSpan(0, space)) && MatchesPath(endpointKey.AsSpan(space + 1));
    }

    /// <summary>Whether a request matches, by its endpoint key or its path.</summary>
    public bool Matches(string endpointKey, string path) =>
        MatchesKey(endpointKey)
        || (MatchesMethod(endpointKey.AsSpan(0, endpointKey.IndexOf(' ', StringComparison.Ordinal))) && MatchesPath(path));

    private bool MatchesMethod(ReadOnlySpan<char> method) =>
        _method is null or "*" || method.Equals(_method, StringComparison.OrdinalIgnoreCase);

    private bool MatchesPath(ReadOnlySpan<char> path) => FileSystemName.MatchesSimpleExpression(_path, path, ignoreCase: false);
}
