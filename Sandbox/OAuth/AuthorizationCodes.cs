using System.Collections.Concurrent;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Authorization codes: valid for 30 seconds, single use.</summary>
internal sealed class AuthorizationCodes(SandboxOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Pending> _codes = new(StringComparer.Ordinal);

    public string Issue(AuthorizationRequest request, User user)
    {
        foreach (var (old, pending) in _codes)
        {
            if (IsExpired(pending))
                _codes.TryRemove(old, out _);
        }
        var code = GrantStore.NewSecret("code");
        _codes[code] = new Pending(request, user, clock.GetUtcNow() + options.AuthorizationCodeLifetime);
        return code;
    }

    public string? AccountOf(string code) => _codes.GetValueOrDefault(code)?.User.Username;

    /// <summary>Exchanges a code for its grant. Only a successful exchange uses the code.</summary>
    public (Grant? Grant, ApiReply? Refusal) Redeem(string code, string redirectUri, string verifier)
    {
        if (!_codes.TryGetValue(code, out var pending) || IsExpired(pending))
            return (null, OAuthErrors.CodeInvalid);
        if (redirectUri != pending.Request.RedirectUri)
            return (null, OAuthErrors.RedirectInvalid);
        if (!pending.Request.Pkce.Accepts(verifier))
            return (null, OAuthErrors.VerifierInvalid);

        // Of two concurrent exchanges only the one that removes the code succeeds.
        if (!_codes.TryRemove(code, out _))
            return (null, OAuthErrors.CodeInvalid);
        return (new Grant(pending.User, pending.Request.Scopes), null);
    }

    private bool IsExpired(Pending pending) => clock.GetUtcNow() >= pending.ExpiresAt;

    private sealed record Pending(AuthorizationRequest Request, User User, DateTimeOffset ExpiresAt);
}
