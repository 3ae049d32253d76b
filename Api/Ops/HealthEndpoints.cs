using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>Live: the process answers. Ready: its dependencies answer too; their checks are registered with the tag below.</summary>
public static class HealthEndpoints
{
    public const string ReadyTag = "ready";

    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <summary>The runs of the checks.</summary>
    public static void AddReadiness(this IServiceCollection services)
    {
        services.TryAddSingleton<ProxyMetrics>();
        services.AddHealthChecks();
        services.AddSingleton<Readiness>();
        services.AddHostedService(provider => provider.GetRequiredService<Readiness>());
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/healthz").WithTags("Health").AllowAnonymous();
        health
            .MapMethods("/live", Methods, () => TypedResults.Text(nameof(HealthStatus.Healthy)))
            .WithSummary("Liveness: whether the process answers")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        health
            .MapMethods("/ready", Methods, async (HttpRequest request, Readiness readiness, CancellationToken cancellationToken) =>
                Answer(request, await readiness.CheckAsync(cancellationToken))
            )
            .WithSummary("Readiness: whether the process can serve calls, and which checks say no")
            .Produces<string>(StatusCodes.Status200OK, "text/plain")
            .Produces<string>(StatusCodes.Status503ServiceUnavailable, "text/plain");
    }

    private static IResult Answer(HttpRequest request, ReadinessReport report)
    {
        var code = report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return request.GetTypedHeaders().Accept.Any(type => type.MediaType == "application/json")
            ? TypedResults.Json(
                new HealthDocument(
                    NameOf(report.Status),
                    [.. report.Checks.Select(check => new HealthDocumentCheck(check.Name, NameOf(check.Status), check.Description))]
                ),
                statusCode: code
            )
            : TypedResults.Text(report.ToString(), statusCode: code);
    }

    private static string NameOf(HealthStatus status) =>
        status switch
        {
            HealthStatus.Healthy => "healthy",
            HealthStatus.Degraded => "degraded",
            _ => "unhealthy",
        };

    /// <summary>
    /// Not ready while the Data Protection key ring cannot be read. Every process that encrypts or decrypts tokens has this check. A lost
    /// ring is not replaced by a new one.
    /// </summary>
    public static void AddKeyRingHealth(this IServiceCollection services)
    {
        services
            .AddOptions<KeyManagementOptions>()
            .PostConfigure(options =>
            {
                if (options.XmlRepository is { } storage)
                    options.XmlRepository = new GuardedKeyRing(storage);
            });
        services.AddSingleton<KeyRingHealth>();
        services.AddHealthChecks().AddCheck<KeyRingHealth>("key ring", tags: [ReadyTag]);
    }
}

/// <summary>Readiness as JSON.</summary>
/// <param name="Status">The worst of the checks.</param>
/// <param name="Checks">Every check.</param>
internal sealed record HealthDocument(string Status, IReadOnlyList<HealthDocumentCheck> Checks);

/// <summary>What one check found.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Status"><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>.</param>
/// <param name="Description">Why; null if all is well.</param>
internal sealed record HealthDocumentCheck(string Name, string Status, string? Description);
