using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>What operators do with an account: list and end its sessions, erase it. All repeatable.</summary>
public static class AccountEndpoints
{
    private const int MaxIdLength = 20;

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var account = routes
            .MapGroup("/v1/ops/accounts/{id}")
            .WithTags("Operators")
            .TakesSmallBodies()
            .RequireAuthorization(ProxyPolicies.Operator);
        account.MapGet("/sessions", ListAsync).WithSummary("Live sessions of an account").Produces<AccountSessionList>();
        account
            .MapDelete(
                "/sessions",
                (string id, HttpContext context, OperatorAudit audit, IGrainFactory grains, CancellationToken cancellationToken) =>
                    EndAsync(id, null, context, audit, grains, cancellationToken)
            )
            .WithSummary("End all sessions of an account, and revoke its tokens at X")
            .Produces<EndedSessions>()
            .Produces<EndedSessions>(StatusCodes.Status202Accepted);
        account
            .MapDelete("/sessions/{session}", EndAsync)
            .WithSummary("End one session of an account; the last one revokes its tokens at X")
            .Produces<EndedSessions>()
            .Produces<EndedSessions>(StatusCodes.Status202Accepted);
        account
            .MapDelete("", EraseAsync)
            .WithSummary("Erase an account: sessions, tokens, keyed writes and uploads")
            .Produces<ErasedAccount>()
            .Produces<ErasedAccount>(StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> ListAsync(string id, IGrainFactory grains, CancellationToken cancellationToken)
    {
        if (Invalid(id) is { } invalid)
            return invalid;
        var (sessions, rejection) = await grains.Session(id).ListSessionsAsync(cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(sessions);
    }

    private static async Task<IResult> EndAsync(
        string id,
        string? session,
        HttpContext context,
        OperatorAudit audit,
        IGrainFactory grains,
        CancellationToken cancellationToken
    )
    {
        if (Invalid(id) is { } invalid)
            return invalid;
        if (session is not null && (session.Length != SessionEntry.IdLength || !session.All(IsIdCharacter)))
        {
            return ProblemResult.Invalid(
                "session",
                $"send a session's id as GET /v1/ops/accounts/{id}/sessions lists it: {SessionEntry.IdLength} characters."
            );
        }

        if (await audit.BeginAsync(context, AuditActions.EndSessions, id, session is null ? "all" : $"session {session}") is { } refused)
            return refused;
        var (ended, rejection) = await grains.Session(id).EndSessionsAsync(session, cancellationToken);
        return Answer(ended, rejection, ended is { SessionsLeft: > 0 } or { RevokedAtX: true });
    }

    private static async Task<IResult> EraseAsync(
        string id,
        HttpContext context,
        OperatorAudit audit,
        IGrainFactory grains,
        CancellationToken cancellationToken
    )
    {
        if (Invalid(id) is { } invalid)
            return invalid;
        if (await audit.BeginAsync(context, AuditActions.EraseAccount, id) is { } refused)
            return refused;
        var (erased, rejection) = await grains.Session(id).EraseAsync(cancellationToken);
        return Answer(erased, rejection, erased is { RevokedAtX: true });
    }

    /// <summary>200 when X has confirmed, or sessions remain; 202 while the revocation at X is still being retried.</summary>
    private static IResult Answer<T>(T? done, Rejection? rejection, bool isComplete)
        where T : class =>
        rejection is not null ? new ProblemResult(rejection)
        : isComplete ? TypedResults.Ok(done)
        : TypedResults.Accepted((string?)null, done);

    private static ProblemResult? Invalid(string id) =>
        id.Length is > 0 and <= MaxIdLength && id.All(char.IsAsciiDigit)
            ? null
            : ProblemResult.Invalid("id", "send the account's id at X: a number, as GET /v1/session shows it.");

    private static bool IsIdCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_';
}
