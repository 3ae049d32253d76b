using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Api.Auth;

public static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/v1/session").WithTags("Session");
        session.MapGet("", GetAsync).WithSummary("Status of the session").Produces<SessionSnapshot>();
        session.MapPost("/refresh", RefreshAsync).WithSummary("Refresh the X token now").Produces<SessionSnapshot>();
        session.MapDelete("", SignOutAsync).WithSummary("Sign out; the last session of an account revokes its tokens at X")
            .Produces<SignOutResult>().Produces<SignOutResult>(StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> GetAsync(HttpContext context, CallerCheck callers, IEngine engine, CancellationToken cancellationToken)
    {
        var (caller, refusal) = callers.Session(context.Request);
        if (refusal is not null) return new ProblemResult(refusal);
        var (snapshot, rejection) = await engine.Session(caller!.Session.AccountId).GetAsync(caller.Session.SessionId, cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(snapshot);
    }

    private static async Task<IResult> RefreshAsync(HttpContext context, CallerCheck callers, IEngine engine, CancellationToken cancellationToken)
    {
        var (caller, refusal) = callers.Session(context.Request);
        if (refusal is not null) return new ProblemResult(refusal);
        var (snapshot, rejection) = await engine.Session(caller!.Session.AccountId).RefreshAsync(caller.Session.SessionId, cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(snapshot);
    }

    /// <summary>200 when X has confirmed, or other sessions live on; 202 when the revocation at X is still being repeated.</summary>
    private static async Task<IResult> SignOutAsync(
        bool? all, HttpContext context, CallerCheck callers, IEngine engine, SessionTokens tokens, CancellationToken cancellationToken)
    {
        var (caller, refusal) = callers.Session(context.Request);
        if (refusal is not null) return new ProblemResult(refusal);
        var (result, rejection) = await engine.Session(caller!.Session.AccountId).SignOutAsync(caller.Session.SessionId, all ?? false, cancellationToken);
        if (rejection is not null) return new ProblemResult(rejection);
        tokens.Forget(caller.Value);
        return result!.SessionsLeft > 0 || result.RevokedAtX ? TypedResults.Ok(result) : TypedResults.Accepted((string?)null, result);
    }
}
