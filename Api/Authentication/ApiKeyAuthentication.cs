using System.Security.Claims;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>Scheme <see cref="ProxySchemes.ApiKey"/>: authenticates a client by its API key.</summary>
public sealed class ApiKeyAuthentication(ClientDirectory clients, OriginCheck origins, FailedCredentials failures)
    : ProxyAuthenticationHandler(failures)
{
    public const string Header = "X-Api-Key";

    protected override bool IsPresented => KeyIn(Request) is not null;

    /// <summary>Whether a request has an API key and no session token.</summary>
    internal static bool IsAloneIn(HttpRequest request) =>
        request.Headers.Authorization.Count == 0 ? request.Headers.ContainsKey(Header) : BearerKeyIn(request) is not null;

    protected override Result<ClaimsPrincipal> Authenticate()
    {
        if (KeyIn(Request) is not { } apiKey)
            return new Rejection(RejectionReason.ApiKeyMissing, $"Send the client's API key as '{Header}: KEY'.");
        if (clients.FindByApiKey(apiKey) is not { } client)
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

    private static string? KeyIn(HttpRequest request) =>
        request.Headers.TryGetValue(Header, out var apiKey) ? apiKey.ToString() : BearerKeyIn(request);

    // SDKs of X send an app's token as a bearer token, and can send nothing else.
    private static string? BearerKeyIn(HttpRequest request) =>
        SessionAuthentication.BearerIn(request) is { } bearer && ApiKey.IsMeantBy(bearer) ? bearer : null;
}
