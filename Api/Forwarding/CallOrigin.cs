using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;
using TwitterEndpoint = OrleansTwitterProxy.Core.Twitter.Endpoint;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>Who makes a call to X: the holder of a session, or a client by itself, whose calls go with the app's own token.</summary>
/// <param name="Client">The application.</param>
/// <param name="AccountId">The account; null for an app-only call.</param>
/// <param name="SessionId">The session; for an app-only call, the client's id.</param>
internal readonly record struct CallOrigin(Client Client, string? AccountId, string SessionId)
{
    /// <summary>The origin, on a route with <see cref="ProxyPolicies.Call"/> or <see cref="ProxyPolicies.Session"/>.</summary>
    public static CallOrigin Of(HttpContext context)
    {
        if (context.User is ClientPrincipal { Client: var client })
            return new(client, null, client.Id);
        var caller = context.Caller();
        return new(caller.Client, caller.Session.AccountId, caller.Session.SessionId);
    }

    /// <summary>
    /// Step 2 of a call, shared with dry runs: whether the endpoint is forwarded and the client may call it. Runs before the body is read,
    /// so a refused call costs no memory. The client's own limits were checked before, for every route.
    /// </summary>
    public Rejection? Refuse(TwitterEndpoint endpoint)
    {
        if (endpoint.NotForwarded is { } why)
            return new(RejectionReason.PathNotForwarded, why);
        if (endpoint.Misspelt is { } fault)
            return new(RejectionReason.InvalidPath, fault);
        if ((AccountId is null ? RefuseAppOnly(endpoint) : RefuseUser(endpoint)) is { } refusal)
            return refusal;
        return Client.AllowsFamily(endpoint.Family)
            ? null
            : new(
                RejectionReason.EndpointNotAllowed,
                $"The client '{Client.Id}' may not call {endpoint.Family}: see Clients:{Client.Id}:EndpointFamilies."
            );
    }

    private static Rejection? RefuseUser(TwitterEndpoint endpoint) =>
        endpoint.Callers.HasFlag(Callers.User)
            ? null
            : new(
                RejectionReason.PathNotForwarded,
                $"X serves {endpoint.Key} to the app's own token only. Call it with the client's API key and without a session token; the client needs Clients:ID:AppOnly."
            );

    private Rejection? RefuseAppOnly(TwitterEndpoint endpoint)
    {
        if (!endpoint.Callers.HasFlag(Callers.App))
        {
            return new(
                RejectionReason.SessionMissing,
                $"{endpoint.Key} acts for a user: send the session token as 'Authorization: Bearer TOKEN'. POST /v1/auth/authorize begins a sign-in."
            );
        }

        return RefuseUnlessAppOnlyIsAllowed();
    }

    /// <summary>Whether a client by itself may use what is the app's.</summary>
    public Rejection? RefuseUnlessAppOnlyIsAllowed() =>
        AccountId is not null || Client.IsAppOnlyAllowed
            ? null
            : new(
                RejectionReason.EndpointNotAllowed,
                $"The client '{Client.Id}' may not call X with the app's own token. The operator allows it with Clients:{Client.Id}:AppOnly=true; a session token calls for a user."
            );
}
