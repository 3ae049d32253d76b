using System.Net;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Api.Clients;

/// <summary>Steps 1 and 2 of a call: who is calling, by session token or API key, and may this client call from there.</summary>
public sealed class CallerCheck(SessionTokens tokens, ClientDirectory clients, PublicAddress address)
{
    public const string ApiKeyHeader = "X-Api-Key";

    private const string BearerPrefix = "Bearer ";

    /// <summary>The holder of a session.</summary>
    public Answer<Caller> Session(HttpRequest request)
    {
        // 1. The session token: no look-up, no round trip.
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return new Rejection(RejectionReason.SessionMissing, "Send the session token as 'Authorization: Bearer TOKEN'. POST /v1/auth/authorize begins a sign-in.");
        }

        var value = authorization[BearerPrefix.Length..].Trim();
        if (tokens.Open(value) is not { } token) return new Rejection(RejectionReason.SessionInvalid, "This is not a session token of this proxy. Sign in again.");
        // 2. Its client.
        if (clients.Find(token.ClientId) is not { } client) return new Rejection(RejectionReason.SessionInvalid, "The client of this session is no longer configured.");
        if (request.Headers.TryGetValue(ApiKeyHeader, out var apiKey) && clients.FindByApiKey(apiKey.ToString()) != client)
        {
            return new Rejection(RejectionReason.ApiKeyInvalid, "The API key is not one of the session's client. Leave it out, or send the right one.");
        }

        if (IsPublicKeyFromAfar(request, client)) return new Rejection(RejectionReason.SessionInvalid, "The development client serves this machine only.");
        return OriginOf(request, client) is { } refusal ? refusal : new Caller(client, token, value);
    }

    /// <summary>The client that an API key belongs to.</summary>
    public Answer<Client> Client(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(ApiKeyHeader, out var apiKey)) return new Rejection(RejectionReason.ApiKeyMissing, $"Send the client's API key as '{ApiKeyHeader}: KEY'.");
        if (clients.FindByApiKey(apiKey.ToString()) is not { } client) return new Rejection(RejectionReason.ApiKeyInvalid, "No configured client has this API key. 'keys new NAME' makes one; the development key works only while no client is configured.");
        if (IsPublicKeyFromAfar(request, client)) return new Rejection(RejectionReason.ApiKeyInvalid, "The development client serves this machine only.");
        return OriginOf(request, client) is { } refusal ? refusal : client;
    }

    // The start is refused off loopback, but a reload of the configuration may open another address later.
    private bool IsPublicKeyFromAfar(HttpRequest request, Client client) =>
        clients.IsDevelopment && client.Id == ClientDirectory.DevelopmentClient
        && request.HttpContext.Connection.LocalIpAddress is { } local && !IPAddress.IsLoopback(local);

    // Browsers cannot forge Origin. The proxy's own page is same-origin and needs no entry.
    private Rejection? OriginOf(HttpRequest request, Client client)
    {
        if (!request.Headers.TryGetValue("Origin", out var header)) return null;
        var origin = header.ToString();
        if (client.AllowsOrigin(origin) || IsOwn(origin, request)) return null;
        return new(RejectionReason.OriginNotAllowed, $"The client '{client.Id}' does not list this origin under Clients:{client.Id}:Origins.");
    }

    // That Origin and Host agree proves nothing by itself: a foreign page may have pointed its own name at this machine.
    private bool IsOwn(string origin, HttpRequest request) =>
        origin == address.Url || (origin == $"{request.Scheme}://{request.Host}" && ListenAddresses.IsLoopback(origin));
}

/// <summary>A session's holder.</summary>
/// <param name="Client">The application.</param>
/// <param name="Session">Account and session.</param>
/// <param name="Value">The session token as sent: to be forgotten when the session ends, never logged.</param>
public sealed record Caller(Client Client, SessionToken Session, string Value)
{
    public override string ToString() => $"[caller {Client.Id} for account {Session.AccountId}]";
}
