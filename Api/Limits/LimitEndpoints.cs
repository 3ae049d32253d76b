using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Api.Limits;

public static class LimitEndpoints
{
    /// <summary>Every window the account has opened, and those it shares with all accounts.</summary>
    public static void MapLimits(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/limits", GetAsync).WithTags("Limits").WithSummary("Every rate-limit window of the account").Produces<LimitsSnapshot>();

    private static async Task<IResult> GetAsync(HttpContext context, CallerCheck callers, IEngine engine, CancellationToken cancellationToken)
    {
        var (caller, refusal) = callers.Session(context.Request);
        if (refusal is not null) return new ProblemResult(refusal);
        var (limits, rejection) = await engine.Session(caller!.Session.AccountId).GetLimitsAsync(caller.Session.SessionId, cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(limits);
    }
}
