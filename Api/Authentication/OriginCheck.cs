using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Checks where a client's call comes from: its own pages, the proxy's page, and for the development client any page of this machine.
/// </summary>
public sealed class OriginCheck(ClientDirectory clients, PublicAddress address, DevelopmentMode development)
{
    /// <summary>What such a call is told.</summary>
    public const string DevelopmentClientElsewhere =
        "The development client serves direct calls of this machine only, while nothing is configured. 'keys new NAME' creates a real client.";

    /// <summary>
    /// Whether the call is the development client's, whose key is public, and not covered by <see cref="DevelopmentMode"/>.
    /// </summary>
    public bool IsDevelopmentClientElsewhere(HttpContext context, Client client) =>
        clients.IsDevelopment && client.Id == ClientDirectory.DevelopmentClient && !development.Covers(context);

    /// <summary>Whether a sign-in of the client may return to the URL.</summary>
    public bool AllowsReturnTo(HttpContext context, Client client, string url) =>
        client.AllowsReturnTo(url) || (ReturnUrl.TryParse(url) is not null && IsDevelopmentPage(context, client, url));

    /// <summary>
    /// Checks Origin, which browsers cannot forge. The proxy's own page is same-origin and needs no entry. A call without Origin does not
    /// come from a page.
    /// </summary>
    /// <returns>Null when the client may call from this origin.</returns>
    public Rejection? Refuse(HttpRequest request, Client client)
    {
        if (!request.Headers.TryGetValue("Origin", out var header))
            return null;
        var origin = header.ToString();
        if (client.AllowsOrigin(origin) || IsOwn(origin, request, address.Url) || IsDevelopmentPage(request.HttpContext, client, origin))
            return null;
        return new(
            RejectionReason.OriginNotAllowed,
            $"The client '{client.Id}' does not list this origin under Clients:{client.Id}:Origins."
        );
    }

    private bool IsDevelopmentPage(HttpContext context, Client client, string page) =>
        clients.IsDevelopment && client.Id == ClientDirectory.DevelopmentClient && development.CoversPage(context, page);

    /// <summary>
    /// Whether the origin is the proxy's own page. Host can be compared, for <see cref="HostCheck"/> lets only our names through.
    /// </summary>
    /// <param name="origin">The request's Origin.</param>
    /// <param name="request">The request.</param>
    /// <param name="publicUrl">Without a trailing slash; null when none is known.</param>
    internal static bool IsOwn(string origin, HttpRequest request, string? publicUrl) =>
        origin == publicUrl || origin == $"{request.Scheme}://{request.Host}";

    /// <summary>
    /// Whether a page of somebody else makes the request. A browser adds a cookie or a password that it remembers to whatever a page asks
    /// for, also a foreign one. A foreign page may link here.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="publicUrl">Without a trailing slash; null when none is known.</param>
    internal static bool IsForeignPage(HttpRequest request, string? publicUrl)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !IsOwn(origin, request, publicUrl))
            return true;
        var isLink = HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        return request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && !isLink;
    }
}
