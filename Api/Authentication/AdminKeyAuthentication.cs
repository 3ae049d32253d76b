using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Scheme <see cref="ProxySchemes.AdminKey"/>: authenticates an operator by the header X-Admin-Key, or in a browser by the console's cookie
/// (<see cref="AdminCookie"/>) or by HTTP Basic with the key as the password (RFC 7617).
/// </summary>
public sealed class AdminKeyAuthentication(AdminKeys keys, AdminCookie cookie, IOptions<ProxyOptions> proxy, FailedCredentials failures)
    : ProxyAuthenticationHandler(failures)
{
    public const string Header = "X-Admin-Key";

    /// <summary>Of the console's requests that change something.</summary>
    public const string ConsoleHeader = "X-Ops-Request";

    internal static readonly Rejection Refusal = new(
        RejectionReason.AdminKeyInvalid,
        $"Send an admin key as '{Header}: KEY', or as the password in the browser's dialog. 'keys new-admin NAME' creates one for Ops:AdminKeys."
    );

    protected override bool IsPresented =>
        Request.Headers.ContainsKey(Header)
        || Request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);

    protected override Result<ClaimsPrincipal> Authenticate()
    {
        var key = Presented(Request);
        if ((key is not null ? keys.NameOf(key, Context) : cookie.Authenticate(Context)) is not { } name)
            return Refusal;
        var isProved = key is not null || HttpMethods.IsGet(Request.Method) || HttpMethods.IsHead(Request.Method) || IsConsoles(Request);
        return !isProved || OriginCheck.IsForeignPage(Request, proxy.Value.PublicUrl?.TrimEnd('/'))
            ? new Rejection(RejectionReason.OriginNotAllowed, "Only the proxy's own pages may use an operator's key in a browser.")
            : new OperatorPrincipal(name);
    }

    // A browser sends the cookie by itself, so it alone only reads. What changes something must be the console's, by two proofs that fail
    // differently: Origin, which browsers send with every such request and no page can set; and a header that no form and no link can send.
    // Before a script of another origin may send it, the browser asks, and ClientCorsPolicy lists it for nobody.
    private static bool IsConsoles(HttpRequest request) => request.Headers.Origin.Count > 0 && request.Headers.ContainsKey(ConsoleHeader);

    private static string? Presented(HttpRequest request)
    {
        if (request.Headers.TryGetValue(Header, out var header))
            return header.ToString();
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization) || authorization.Scheme != "Basic")
            return null;
        var buffer = new byte[256];
        if (!Convert.TryFromBase64String(authorization.Parameter ?? "", buffer, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(buffer, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
