using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.SignIn;

public static class SessionEndpoints
{
    public static void MapSession(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/v1/session").WithTags("Session").RequireAuthorization(ProxyPolicies.Session);
        session.MapGet("", GetAsync).WithSummary("Status of the session").Produces<SessionSnapshot>();
        session.MapPost("/refresh", RefreshAsync).WithSummary("Refresh the X token now").Produces<SessionSnapshot>();
        session
            .MapDelete("", SignOutAsync)
            .NotCounted("a client at its limit can still sign its users out")
            .WithSummary("Sign out; the last session of an account revokes its tokens at X")
            .Produces<SignOutResult>()
            .Produces<SignOutResult>(StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> GetAsync(HttpContext context, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        var (snapshot, rejection) = await grains.Session(caller.Session.AccountId).GetAsync(caller.Session.SessionId, cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(snapshot);
    }

    private static async Task<IResult> RefreshAsync(HttpContext context, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        var (snapshot, rejection) = await grains
            .Session(caller.Session.AccountId)
            .RefreshAsync(caller.Session.SessionId, cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(snapshot);
    }

    /// <summary>200 when X has confirmed, or other sessions remain; 202 while the revocation at X is still being retried.</summary>
    private static async Task<IResult> SignOutAsync(
        bool? all,
        HttpContext context,
        IGrainFactory grains,
        SessionTokens tokens,
        CancellationToken cancellationToken
    )
    {
        var caller = context.Caller();
        var (result, rejection) = await grains
            .Session(caller.Session.AccountId)
            .SignOutAsync(caller.Session.SessionId, all ?? false, cancellationToken);
        if (rejection is not null)
            return new ProblemResult(rejection);
        tokens.Forget(caller.Value);
        return result!.SessionsLeft > 0 || result.RevokedAtX ? TypedResults.Ok(result) : TypedResults.Accepted((string?)null, result);
    }
}
