namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>The authentication schemes; each has its <see cref="ProxyAuthenticationHandler"/>.</summary>
public static class ProxySchemes
{
    /// <summary>The holder of a session, by <c>Authorization: Bearer TOKEN</c>.</summary>
    public const string Session = "Session";

    /// <summary>A client, by <c>X-Api-Key</c>.</summary>
    public const string ApiKey = "ApiKey";

    /// <summary>An operator, by <c>X-Admin-Key</c> or HTTP Basic.</summary>
    public const string AdminKey = "AdminKey";
}
