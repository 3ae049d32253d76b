namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>The authentication schemes; each has its handler.</summary>
public static class ProxySchemes
{
    /// <summary>The holder of a session, by <c>Authorization: Bearer TOKEN</c>.</summary>
    public const string Session = "Session";

    /// <summary>A client, by <c>X-Api-Key</c>, or by <c>Authorization: Bearer KEY</c> as X's SDKs send it.</summary>
    public const string ApiKey = "ApiKey";

    /// <summary>The holder of a session; or, without a session token, a client.</summary>
    public const string Call = "Call";

    /// <summary>An operator, by <c>X-Admin-Key</c> or HTTP Basic.</summary>
    public const string AdminKey = "AdminKey";
}
