using System.Security.Cryptography;
using System.Text;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Authenticates clients of the token endpoint (RFC 6749 section 2.3).</summary>
internal static class ClientAuthentication
{
    private const string Scheme = "Basic ";

    /// <summary>The refusal for a missing, unknown or unauthenticated client; null when it is valid.</summary>
    public static ApiReply? Refuse(HttpRequest request, IFormCollection form, SandboxOptions options)
    {
        var clientId = form["client_id"].ToString();
        if (clientId.Length > 0 && clientId != options.ClientId)
            return OAuthErrors.InvalidClient;
        if (options.IsPublicClient)
            return clientId.Length == 0 ? OAuthErrors.Missing("client_id") : null;

        // X ignores client_secret in the body: only the header counts.
        if (ReadBasic(request) is not { } basic)
            return OAuthErrors.UnauthorizedClient;
        if (basic.Id != options.ClientId)
            return OAuthErrors.InvalidClient;
        return Same(basic.Secret, options.ClientSecret!) ? null : OAuthErrors.UnauthorizedClient;
    }

    /// <summary>Whether the Basic header has the app's consumer key and secret.</summary>
    public static bool IsConsumer(HttpRequest request, SandboxOptions options) =>
        ReadBasic(request) is { } basic && basic.Id == options.ConsumerKey && Same(basic.Secret, options.ConsumerSecret);

    /// <summary>RFC 6749 section 2.3.1: id and secret are form-urlencoded before they are joined.</summary>
    private static (string Id, string Secret)? ReadBasic(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var buffer = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), buffer, out var length))
            return null;
        var parts = Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2);
        return parts.Length == 2 ? (Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts[1])) : null;
    }

    private static bool Same(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));
}
