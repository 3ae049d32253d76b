namespace OrleansTwitterProxy.Sandbox;

/// <summary>The errors of X's token endpoint (RFC 6749 section 5.2, and X's own).</summary>
internal static class OAuthErrors
{
    public static ApiReply TokenInvalid { get; } = InvalidRequest("Value passed for the token was invalid.");
    public static ApiReply CodeInvalid { get; } = InvalidRequest("Value passed for the authorization code was invalid.");
    public static ApiReply VerifierInvalid { get; } =
        InvalidRequest("Value passed for the code verifier did not match the code challenge.");

    public static ApiReply RedirectInvalid { get; } =
        InvalidRequest("Value passed for the redirect uri did not match the uri of the authorization code.");

    public static ApiReply UnauthorizedClient { get; } = ApiErrors.OAuth(401, "unauthorized_client", "Missing valid authorization header");
    public static ApiReply InvalidClient { get; } = ApiErrors.OAuth(401, "invalid_client", "Value passed for the client was invalid.");
    public static ApiReply InvalidGrant { get; } = ApiErrors.OAuth(400, "invalid_grant", "Value passed for the grant was invalid.");

    public static ApiReply UnsupportedGrantType { get; } =
        ApiErrors.OAuth(400, "unsupported_grant_type", "Value passed for the grant type was invalid.");

    public static ApiReply Missing(string parameter) => InvalidRequest($"Missing required parameter [{parameter}]");

    private static ApiReply InvalidRequest(string description) => ApiErrors.OAuth(400, "invalid_request", description);
}
