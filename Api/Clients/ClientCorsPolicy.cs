using Microsoft.AspNetCore.Cors.Infrastructure;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Media;
using OrleansTwitterProxy.Api.Telemetry;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Clients;

/// <summary>
/// CORS by the clients' origins. A preflight names no client, so it is allowed if any client allows the origin; the call itself is then
/// checked against its own client (<see cref="OriginCheck"/>). While the development client is used, any page of this machine may call.
/// </summary>
public sealed class ClientCorsPolicy(ClientDirectory clients, DevelopmentMode development) : ICorsPolicyProvider
{
    private readonly CorsPolicy _policy = Build(clients.AnyAllowsOrigin); // a method, because clients are reloaded live
    private readonly CorsPolicy _development = Build(_ => true);

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName) =>
        Task.FromResult<CorsPolicy?>(
            clients.IsDevelopment && development.CoversPage(context, context.Request.Headers.Origin.ToString()) ? _development : _policy
        );

    private static CorsPolicy Build(Func<string, bool> isOriginAllowed) =>
        new CorsPolicyBuilder()
            .SetIsOriginAllowed(isOriginAllowed)
            .AllowAnyMethod()
            .WithHeaders([
                "Authorization",
                "Content-Type",
                ApiKeyAuthentication.Header,
                "Prefer",
                "Priority",
                "Idempotency-Key",
                RequestIds.Header,
                "Last-Event-ID",
                .. Tus.RequestHeaders,
            ])
            .WithExposedHeaders([
                "Idempotency-Reconciled",
                "Idempotency-Replayed",
                "Location",
                "Preference-Applied",
                "RateLimit",
                "RateLimit-Policy",
                "Retry-After",
                "Server-Timing",
                "x-rate-limit-limit",
                "x-rate-limit-remaining",
                "x-rate-limit-reset",
                RequestIds.Header,
                "x-transaction-id",
                .. Tus.ResponseHeaders,
            ])
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))
            .Build();
}
