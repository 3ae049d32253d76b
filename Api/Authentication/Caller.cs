using System.Security.Claims;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>The holder of a session.</summary>
/// <param name="Client">The application.</param>
/// <param name="Session">Account and session.</param>
/// <param name="Value">The session token as sent. Never logged.</param>
public sealed record Caller(Client Client, SessionToken Session, string Value)
{
    public override string ToString() => $"[caller {Client.Id} for account {Session.AccountId}]";
}

/// <summary>Gives route handlers their caller.</summary>
public static class CallerExtensions
{
    /// <summary>The holder of the session, on a route with <see cref="ProxyPolicies.Session"/>.</summary>
    /// <exception cref="InvalidOperationException">The route has another policy, or none.</exception>
    public static Caller Caller(this HttpContext context) =>
        context.User is SessionPrincipal principal
            ? principal.Caller
            : throw new InvalidOperationException($"This route does not require the policy {nameof(ProxyPolicies.Session)}.");

    /// <summary>The client, on a route with <see cref="ProxyPolicies.Client"/>.</summary>
    /// <exception cref="InvalidOperationException">The route has another policy, or none.</exception>
    public static Client Client(this HttpContext context) =>
        context.User is ClientPrincipal principal
            ? principal.Client
            : throw new InvalidOperationException($"This route does not require the policy {nameof(ProxyPolicies.Client)}.");

    /// <summary>The name of the operator's key, on a route with <see cref="ProxyPolicies.Operator"/>.</summary>
    /// <exception cref="InvalidOperationException">The route has another policy, or none.</exception>
    public static string Operator(this HttpContext context) =>
        context.User is OperatorPrincipal principal
            ? principal.Name
            : throw new InvalidOperationException($"This route does not require the policy {nameof(ProxyPolicies.Operator)}.");
}

/// <summary>Carries the typed caller instead of claims, which would be built and searched on every call.</summary>
internal sealed class SessionPrincipal(Caller caller) : ClaimsPrincipal(SharedIdentity)
{
    private static readonly ClaimsIdentity SharedIdentity = new(ProxySchemes.Session);

    public Caller Caller { get; } = caller;
}

internal sealed class ClientPrincipal(Client client) : ClaimsPrincipal(SharedIdentity)
{
    private static readonly ClaimsIdentity SharedIdentity = new(ProxySchemes.ApiKey);

    public Client Client { get; } = client;
}

/// <param name="name">Name of the admin key.</param>
internal sealed class OperatorPrincipal(string name) : ClaimsPrincipal(SharedIdentity)
{
    private static readonly ClaimsIdentity SharedIdentity = new(ProxySchemes.AdminKey);

    public string Name { get; } = name;
}
