using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Checks where a client's call comes from: its own pages, the proxy's page, and for the development client this machine.
/// </summary>
public sealed class OriginCheck(ClientDirectory clients, PublicAddress address, DevelopmentMode development)
{
    /// <summary>
    /// The key of the development client is public. The proxy does not start with it off loopback, but a later reload of the configuration
    /// may open another address.
    /// </summary>
    public bool IsDevelopmentClientOffLoopback(HttpContext context, Client client) =>
        clients.IsDevelopment && client.Id == ClientDirectory.DevelopmentClient && !development.Covers(context);

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
        if (client.AllowsOrigin(origin) || IsOwn(origin, request))
            return null;
        return new(
            RejectionReason.OriginNotAllowed,
            $"The client '{client.Id}' does not list this origin under Clients:{client.Id}:Origins."
        );
    }

    // Equal Origin and Host are no proof: a foreign page may have pointed its own host name at this machine.
    private bool IsOwn(string origin, HttpRequest request) =>
        origin == address.Url || (origin == $"{request.Scheme}://{request.Host}" && ListenAddresses.IsLoopback(origin));
}
