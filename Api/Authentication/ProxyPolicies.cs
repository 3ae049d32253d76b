using Microsoft.AspNetCore.Authorization;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>The authorization policies. Every route has one of them, or allows anonymous callers.</summary>
public static class ProxyPolicies
{
    /// <summary>The holder of a session. Handlers get it by <see cref="CallerExtensions.Caller"/>.</summary>
    public const string Session = "Session";

    /// <summary>A client, known by its API key. Handlers get it by <see cref="CallerExtensions.Client"/>.</summary>
    public const string Client = "Client";

    /// <summary>Who may call X: the holder of a session, or a client by itself. Handlers get it by <c>CallOrigin.Of</c>.</summary>
    public const string Call = "Call";

    /// <summary>An operator, known by the admin key.</summary>
    public const string Operator = "Operator";

    /// <summary>
    /// Denies every route without a policy, so a route is open only if it says so. A request that matches no route (404), or no route with
    /// its method (405) or media type (415), is let through to that response; its endpoint is null or not a route.
    /// </summary>
    internal static AuthorizationPolicy Fallback { get; } =
        new AuthorizationPolicyBuilder()
            .RequireAssertion(static context => context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint)
            .Build();

    internal static AuthorizationPolicy Require(string scheme) => new AuthorizationPolicyBuilder(scheme).RequireAuthenticatedUser().Build();
}
