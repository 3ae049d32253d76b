using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Scheme <see cref="ProxySchemes.AdminKey"/>: authenticates an operator by the header X-Admin-Key, or in a browser by HTTP Basic with the
/// key as the password (RFC 7617).
/// </summary>
public sealed class AdminKeyAuthentication(
    IOptionsMonitor<OpsOptions> ops,
    DevelopmentMode development,
    IOptions<ProxyOptions> proxy,
    FailedCredentials failures
) : ProxyAuthenticationHandler(failures)
{
    public const string Header = "X-Admin-Key";

    private static readonly Rejection Refusal = new(
        RejectionReason.AdminKeyInvalid,
        $"Send an admin key as '{Header}: KEY', or as the password in the browser's dialog. 'keys new-admin NAME' creates one for Ops:AdminKeys."
    );

    protected override bool IsPresented =>
        Request.Headers.ContainsKey(Header)
        || Request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);

    protected override Result<ClaimsPrincipal> Authenticate()
    {
        if (Presented(Request) is not { } key || NameOf(key) is not { } name)
            return Refusal;
        return IsFromForeignPage()
            ? new Rejection(RejectionReason.OriginNotAllowed, "Only the proxy's own pages may use an operator's key in a browser.")
            : new OperatorPrincipal(name);
    }

    // A browser adds a password that it remembers to whatever a page asks for, also a foreign one. A foreign page may link here.
    private bool IsFromForeignPage()
    {
        var origin = Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !OriginCheck.IsOwn(origin, Request, proxy.Value.PublicUrl?.TrimEnd('/')))
            return true;
        var isLink = HttpMethods.IsGet(Request.Method) && Request.Headers["Sec-Fetch-Mode"] == "navigate";
        return Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && !isLink;
    }

    // Every key is compared, in fixed time.
    private string? NameOf(string key)
    {
        IEnumerable<KeyValuePair<string, string>> keys = ops.CurrentValue.AdminKeys;
        if (ops.CurrentValue.AdminKeys.Count == 0 && development.Covers(Context))
            keys = [new(OpsOptions.DevelopmentKey, ApiKey.Hash(OpsOptions.DevelopmentKey))];
        var hash = Encoding.ASCII.GetBytes(ApiKey.Hash(key));
        string? found = null;
        foreach (var (name, valid) in keys.Where(each => ApiKey.IsHash(each.Value)))
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(valid.ToLowerInvariant()), hash))
                found = name;
        }

        return found;
    }

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
