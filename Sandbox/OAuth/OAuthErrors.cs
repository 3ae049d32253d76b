namespace OrleansTwitterProxy.Sandbox;

/// <summary>What X's token endpoint says (RFC 6749 section 5.2, and X's own).</summary>
internal static class OAuthErrors
{
    public static XReply TokenInvalid { get; } = InvalidRequest("Value passed for the token was invalid.");
    public static XReply CodeInvalid { get; } = InvalidRequest("Value passed for the authorization code was invalid.");
    public static XReply VerifierInvalid { get; } = InvalidRequest("Value passed for the code verifier did not match the code challenge.");

    public static XReply RedirectInvalid { get; } =
        InvalidRequest("Value passed for the redirect uri did not match the uri of the authorization code.");

    public static XReply UnauthorizedClient { get; } = XErrors.OAuth(401, "unauthorized_client", "Missing valid authorization header");
    public static XReply InvalidClient { get; } = XErrors.OAuth(401, "invalid_client", "Value passed for the client was invalid.");
    public static XReply InvalidGrant { get; } = XErrors.OAuth(400, "invalid_grant", "Value passed for the grant was invalid.");

    public static XReply UnsupportedGrantType { get; } =
        XErrors.OAuth(400, "unsupported_grant_type", "Value passed for the grant type was invalid.");

    public static XReply Missing(string parameter) => InvalidRequest($"Missing required parameter [{parameter}]");

    private static XReply InvalidRequest(string description) => XErrors.OAuth(400, "invalid_request", description);
}
