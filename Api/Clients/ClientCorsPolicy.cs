using Microsoft.AspNetCore.Cors.Infrastructure;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Clients;

/// <summary>
/// CORS by the clients' origins. A preflight names no client, so it is answered if any client allows the origin; the call itself is then
/// checked against its own client (<see cref="CallerCheck"/>).
/// </summary>
public sealed class ClientCorsPolicy(ClientDirectory clients) : ICorsPolicyProvider
{
    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (!clients.AnyAllowsOrigin(origin)) return Task.FromResult<CorsPolicy?>(null);
        var policy = new CorsPolicyBuilder(origin)
            .AllowAnyMethod()
            .WithHeaders("Authorization", "Content-Type", CallerCheck.ApiKeyHeader, "Prefer", "Priority", "Idempotency-Key")
            .WithExposedHeaders(
                "Location", "Preference-Applied", "RateLimit", "RateLimit-Policy", "Retry-After", "Server-Timing", "x-rate-limit-limit",
                "x-rate-limit-remaining", "x-rate-limit-reset", "x-transaction-id")
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))
            .Build();
        return Task.FromResult<CorsPolicy?>(policy);
    }
}
