using System.Security.Claims;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>Scheme <see cref="ProxySchemes.ApiKey"/>: authenticates a client by its API key.</summary>
public sealed class ApiKeyAuthentication(ClientDirectory clients, OriginCheck origins, FailedCredentials failures)
    : ProxyAuthenticationHandler(failures)
{
    public const string Header = "X-Api-Key";

    protected override bool IsPresented => Request.Headers.ContainsKey(Header);

    protected override Result<ClaimsPrincipal> Authenticate()
    {
        if (!Request.Headers.TryGetValue(Header, out var apiKey))
            return new Rejection(RejectionReason.ApiKeyMissing, $"Send the client's API key as '{Header}: KEY'.");
        if (clients.FindByApiKey(apiKey.ToString()) is not { } client)
        {
            return new Rejection(
                RejectionReason.ApiKeyInvalid,
                "No configured client has this API key. 'keys new NAME' creates one; the development key works only while no client is configured."
            );
        }

        if (origins.IsDevelopmentClientElsewhere(Context, client))
            return new Rejection(RejectionReason.ApiKeyInvalid, OriginCheck.DevelopmentClientElsewhere);
        return origins.Refuse(Request, client) is { } refusal ? refusal : new ClientPrincipal(client);
    }
}
