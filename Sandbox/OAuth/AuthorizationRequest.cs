using Microsoft.AspNetCore.WebUtilities;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>A validated authorization request.</summary>
internal sealed record AuthorizationRequest(string RedirectUri, IReadOnlySet<string> Scopes, string State, Pkce Pkce)
{
    private const int MaxStateLength = 500;

    /// <summary>Reads and validates the query. Errors are shown to the user: X never redirects an invalid request.</summary>
    public static (AuthorizationRequest? Request, string? Error) Read(IQueryCollection query, SandboxOptions options)
    {
        string Value(string name) => query[name].ToString();

        if (Value("response_type") != "code")
            return (null, "response_type must be code.");
        if (Value("client_id") != options.ClientId)
            return (null, "client_id is unknown.");
        var redirectUri = Value("redirect_uri");
        if (!IsRegistered(redirectUri, options))
            return (null, "redirect_uri is not registered for this app.");

        var scopes = Value("scope").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        if (scopes.Count == 0)
            return (null, "scope is missing.");
        var unknown = scopes.FirstOrDefault(scope => !Scope.Meanings.ContainsKey(scope));
        if (unknown is not null)
            return (null, $"scope {unknown} is unknown.");

        var state = Value("state");
        if (state.Length is 0 or > MaxStateLength)
            return (null, $"state must have 1 to {MaxStateLength} characters.");
        var challenge = Value("code_challenge");
        if (challenge.Length == 0)
            return (null, "code_challenge is missing.");
        var method = Value("code_challenge_method") is { Length: > 0 } given ? given : Pkce.Plain;
        if (method is not (Pkce.Sha256 or Pkce.Plain))
            return (null, "code_challenge_method must be S256 or plain.");

        return (new AuthorizationRequest(redirectUri, scopes, state, new Pkce(challenge, method)), null);
    }

    public string Granted(string code) => Redirect("state", State, "code", code);

    public string Denied() => Redirect("error", "access_denied", "state", State);

    private string Redirect(string name, string value, string otherName, string otherValue) =>
        QueryHelpers.AddQueryString(QueryHelpers.AddQueryString(RedirectUri, name, value), otherName, otherValue);

    private static bool IsRegistered(string redirectUri, SandboxOptions options) =>
        options.RedirectUris.Count > 0
            ? options.RedirectUris.Contains(redirectUri)
            : Uri.TryCreate(redirectUri, UriKind.Absolute, out var uri) && uri.IsLoopback && uri.Scheme is ("http" or "https");
}
