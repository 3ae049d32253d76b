using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Forwarding;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.Limits;

public static class LimitEndpoints
{
    /// <summary>Lists every window of the account, or of the app itself, and those shared by all accounts; previews a call.</summary>
    public static void MapLimits(this IEndpointRouteBuilder routes)
    {
        var limits = routes.MapGroup("/v1").WithTags("Limits").TakesSmallBodies().RequireAuthorization(ProxyPolicies.Call);
        limits
            .MapGet("/limits", GetAsync)
            .WithSummary("Every rate-limit window of the account, or of the app itself, and when it runs out")
            .Produces<LimitsSnapshot>();
        limits
            .MapPost("/dry-run", DryRunAsync)
            .NotCounted("a dry run takes no permit, and X is not called")
            .WithSummary("Whether a call would go to X now, and if not, when and why")
            .Produces<DryRunResponse>();
    }

    private static async Task<IResult> GetAsync(HttpContext context, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var origin = CallOrigin.Of(context);
        if (origin.RefuseUnlessAppOnlyIsAllowed() is { } refusal)
            return new ProblemResult(refusal);
        var (limits, rejection) = origin.AccountId is { } accountId
            ? await grains.Session(accountId).GetLimitsAsync(origin.SessionId, cancellationToken)
            : await grains.App.GetLimitsAsync(origin.SessionId, cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(limits);
    }

    // A route of its own: an older proxy would ignore a preference on the call itself and make the call. See docs/decisions/0007.
    private static async Task<IResult> DryRunAsync(
        DryRunRequest body,
        HttpContext context,
        EndpointCatalogue catalogue,
        IClientLimits limits,
        IGrainFactory grains,
        TimeProvider timeProvider,
        CancellationToken cancellationToken
    )
    {
        var origin = CallOrigin.Of(context);
        if (body.Method is null || !ForwardingEndpoints.Forwards(body.Method))
            return ProblemResult.Invalid("method", "send a method that the proxy forwards: GET, HEAD, POST, PUT, PATCH or DELETE.");
        if (body.Path is null)
            return ProblemResult.Invalid("path", "send the path at X, beginning with /2/.");
        if (ForwardTarget.Canonicalize(body.Path, out var target) is { } fault)
            return ProblemResult.Invalid("path", fault);
        var endpoint = catalogue.Find(HttpMethods.GetCanonicalizedValue(body.Method), ForwardTarget.PathOf(target));
        if (origin.Refuse(endpoint) is { } refused)
            return TypedResults.Ok(DryRunResponse.Of(endpoint.Key, refused, timeProvider.GetUtcNow()));
        var request = new ForwardRequest
        {
            SessionId = origin.SessionId,
            EndpointKey = endpoint.Key,
            Method = endpoint.Method,
            Target = target,
            Urgency = CallPreferences.UrgencyOf(context.Request.Headers["Priority"]) ?? QueuedCall.DefaultUrgency,
        };
        var (run, rejection) = origin.AccountId is { } accountId
            ? await grains.Session(accountId).DryRunAsync(request, cancellationToken)
            : await grains.App.DryRunAsync(request, cancellationToken);
        if (rejection is not null)
            return new ProblemResult(rejection);
        // The client's own limit passes by itself, so it is reported only if nothing else takes longer.
        if (limits.Preview(origin.Client) is { } own && (run!.Refusal is null || run.Refusal.RetryAfter < own.RetryAfter))
            run = run with { Refusal = own };
        return TypedResults.Ok(DryRunResponse.Of(endpoint.Key, run!, timeProvider.GetUtcNow()));
    }
}
