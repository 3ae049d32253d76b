using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Identifies the caller, and refuses the wrong kind of token.</summary>
internal sealed class BearerAuthentication(GrantStore grants, SandboxOptions options)
{
    private const string Scheme = "Bearer ";
    private const string UserContext = "OAuth 2.0 User Context";
    private const string AppOnly = "OAuth 2.0 Application-Only";

    private readonly byte[] _appBearer = Encoding.UTF8.GetBytes(options.BearerToken);

    /// <summary>Reads the bearer token. The token is null when it is missing, unknown, expired or revoked.</summary>
    public (AccessToken? Token, bool IsApp) Identify(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return (null, false);
        var value = header.AsSpan(Scheme.Length).Trim();
        if (grants.FindAccess(value) is { } token)
            return (token, false);
        return (null, CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(value.ToString()), _appBearer));
    }

    /// <summary>The refusal for a missing, invalid or wrong kind of token; null when the call may continue.</summary>
    public static ApiReply? Refuse(ApiCall call)
    {
        var wanted = call.Endpoint.Authentication;
        if (wanted == ApiAuthentication.None)
            return null;
        if (call.Token is null && !call.IsApp)
            return ApiErrors.Unauthorized;
        if (call.IsApp ? wanted == ApiAuthentication.User : wanted == ApiAuthentication.App)
            return Unsupported(wanted);
        return null;
    }

    /// <summary>The refusal for a user's token that lacks a scope.</summary>
    public static ApiReply? RefuseScopes(ApiCall call)
    {
        if (call.Token is null)
            return null;
        foreach (var scope in call.Endpoint.Scopes)
        {
            if (!call.Token.Grant.Scopes.Contains(scope))
                return ApiErrors.MissingScope(call.Endpoint.Scopes);
        }
        return null;
    }

    public static ApiReply Unsupported(ApiAuthentication wanted) =>
        wanted == ApiAuthentication.App
            ? ApiErrors.UnsupportedAuthentication(UserContext, AppOnly)
            : ApiErrors.UnsupportedAuthentication(AppOnly, UserContext);
}
