using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.SignIn;

public static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/v1/auth").WithTags("Sign-in").TakesSmallBodies().RequireAuthorization(ProxyPolicies.Client);
        auth.MapPost("/authorize", AuthorizeAsync).WithSummary("Begin a sign-in").Produces<AuthorizeResponse>(StatusCodes.Status201Created);
        auth.MapGet("/callback", CallbackAsync)
            .AllowAnonymous()
            .WithSummary("X's callback: the browser returns here after the consent page")
            .Produces<SessionOpened>()
            .Produces(StatusCodes.Status303SeeOther);
        auth.MapPost("/exchange", ExchangeAsync).WithSummary("Exchange a hand-over code for a session token").Produces<SessionOpened>();
    }

    private static async Task<IResult> AuthorizeAsync(
        AuthorizeRequest? body,
        HttpContext context,
        IGrainFactory grains,
        SignInStates states,
        PublicAddress address,
        OriginCheck origins,
        CancellationToken cancellationToken
    )
    {
        var client = context.Client();
        var scopes = body?.Scopes?.Distinct(StringComparer.Ordinal).ToArray() ?? [.. client.DefaultScopes];
        if (Invalid(scopes, client) is { } invalid)
            return invalid;
        if (body?.ReturnUrl is { } returnUrl && !origins.AllowsReturnTo(context, client, returnUrl))
        {
            return new ProblemResult(
                new(
                    RejectionReason.ReturnUrlNotAllowed,
                    $"return_url: the client '{client.Id}' does not list this URL under Clients:{client.Id}:ReturnUrls."
                ),
                new Dictionary<string, string[]> { ["return_url"] = ["not registered for this client"] }
            );
        }

        var id = Pkce.RandomValue();
        var (started, rejection) = await grains
            .SignIn(id)
            .BeginAsync(new(client.Id, body?.ReturnUrl, scopes, address.Callback), cancellationToken);
        if (rejection is not null)
            return new ProblemResult(rejection);
        // The grain knows its id alone. What leaves the proxy, and comes back from anybody, is the sealed id.
        var state = states.Of(id);
        var url = started!.AuthorizationUrl.Replace(id, state, StringComparison.Ordinal);
        return TypedResults.Created((string?)null, new AuthorizeResponse(url, state, started.ExpiresAt));
    }

    private static async Task<IResult> CallbackAsync(
        string? state,
        string? code,
        string? error,
        [FromQuery(Name = "error_description")] string? description,
        HttpContext context,
        IGrainFactory grains,
        SignInStates states,
        SessionTokens tokens,
        ProxyMetrics metrics,
        CancellationToken cancellationToken
    )
    {
        if (Visit.IsMachines(context.Request))
            return new ProblemResult(Visit.NotOpened());
        if (string.IsNullOrEmpty(state))
            return ProblemResult.Invalid("state", "missing; X returns it with the user.");
        if (string.IsNullOrEmpty(code) && string.IsNullOrEmpty(error))
            return ProblemResult.Invalid("code", "missing; X returns either a code or an error.");
        if (states.Open(state) is not { } id)
            return new ProblemResult(SharedRejections.SignInUnknown());
        if (code?.All(c => c is >= ' ' and <= '~') is false) // RFC 6749 appendix A.11
            return ProblemResult.Invalid("code", "X's codes are ASCII without control characters.");
        var callback = new SignInCallback(string.IsNullOrEmpty(error) ? code : null, Visit.Words(error))
        {
            Description = Visit.Words(description),
            Visitor = Visit.VisitorOf(context),
        };
        var outcome = await grains.SignIn(id).CompleteAsync(callback, cancellationToken);
        metrics.SignInEnded(outcome.Rejection?.Reason);
        if (outcome.ReturnUrl is { } returnUrl)
        {
            var result = outcome.Rejection is { } why
                ? $"error={Problems.Slug(why.Reason)}&error_description={Uri.EscapeDataString(why.Detail)}{RetryAfterOf(why)}"
                : $"handoff={Uri.EscapeDataString(outcome.Handoff!.Replace(id, state, StringComparison.Ordinal))}";
            context.Response.Headers.Location = $"{returnUrl}{(returnUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{result}";
            return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
        }

        return outcome.Rejection is { } rejection
            ? new ProblemResult(rejection)
            : TypedResults.Ok(SessionOpened.Of(outcome.Session!, tokens));
    }

    private static string RetryAfterOf(Rejection why) =>
        Problems.RetryAfterSeconds(why) is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"&retry_after={seconds}") : "";

    private static async Task<IResult> ExchangeAsync(
        ExchangeRequest body,
        HttpContext context,
        IGrainFactory grains,
        SignInStates states,
        SessionTokens tokens,
        CancellationToken cancellationToken
    )
    {
        if (body.Handoff?.Split('.') is not [{ Length: > 0 } state, { Length: > 0 } secret])
            return ProblemResult.Invalid("handoff", "send the value of ?handoff= as it arrived at the return URL.");
        if (states.Open(state) is not { } id)
            return new ProblemResult(SharedRejections.HandoffInvalid());
        var (session, rejection) = await grains.SignIn(id).ExchangeAsync(secret, context.Client().Id, cancellationToken);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.Ok(SessionOpened.Of(session!, tokens));
    }

    private static ProblemResult? Invalid(IReadOnlyList<string> scopes, Client client)
    {
        foreach (var scope in scopes)
        {
            if (!Scopes.IsKnown(scope))
                return ProblemResult.Invalid("scopes", $"X knows no scope '{scope}'.");
            if (!client.AllowsScope(scope))
                return ProblemResult.Invalid("scopes", $"the client may not ask for '{scope}': see Clients:{client.Id}:Scopes.");
        }

        foreach (var required in Scopes.Required)
        {
            if (!scopes.Contains(required))
                return ProblemResult.Invalid("scopes", $"'{required}' is needed to learn who signed in.");
        }

        return null;
    }
}
