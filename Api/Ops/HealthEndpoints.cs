namespace OrleansTwitterProxy.Api.Ops;

/// <summary>Live: the process answers. Ready: what it needs answers too; each engine registers its own checks with the tag below.</summary>
public static class HealthEndpoints
{
    public const string ReadyTag = "ready";

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/healthz/live", new() { Predicate = _ => false });
        routes.MapHealthChecks("/healthz/ready", new() { Predicate = check => check.Tags.Contains(ReadyTag) });
    }
}
