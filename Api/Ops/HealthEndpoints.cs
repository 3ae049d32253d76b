using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>Live: the process answers. Ready: its dependencies answer too; their checks are registered with the tag below.</summary>
public static class HealthEndpoints
{
    public const string ReadyTag = "ready";

    private static readonly string[] Methods = ["GET", "HEAD"];

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var readiness = ActivatorUtilities.CreateInstance<Readiness>(routes.ServiceProvider);
        var health = routes.MapGroup("/healthz").WithTags("Health").AllowAnonymous();
        health
            .MapMethods("/live", Methods, () => Answer(HealthStatus.Healthy))
            .WithSummary("Liveness: whether the process answers")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        health
            .MapMethods("/ready", Methods, async (CancellationToken cancellationToken) =>
                Answer(await readiness.CheckAsync(cancellationToken))
            )
            .WithSummary("Readiness: whether the process can serve calls")
            .Produces<string>(StatusCodes.Status200OK, "text/plain")
            .Produces<string>(StatusCodes.Status503ServiceUnavailable, "text/plain");
    }

    private static ContentHttpResult Answer(HealthStatus status) =>
        TypedResults.Text(
            status.ToString(),
            statusCode: status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK
        );

    /// <summary>
    /// Not ready while the Data Protection key ring cannot be read. Every process that encrypts or decrypts tokens has this check.
    /// </summary>
    public static void AddKeyRingHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<KeyRingHealth>("key ring", tags: [ReadyTag]);
}
