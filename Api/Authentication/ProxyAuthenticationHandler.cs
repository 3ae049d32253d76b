using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>Base of the schemes. A caller that is not authenticated gets the rejection as problem details, with its status.</summary>
public abstract class ProxyAuthenticationHandler(
    FailedCredentials failures,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    // An authenticated caller gets this only if a route has no policy, or a policy with more requirements.
    private static readonly Rejection Closed = new(RejectionReason.EndpointNotAllowed, "This route is closed.");

    // Shared by all requests: it is never changed, and each instance has two dictionaries.
    private static readonly AuthenticationProperties NoProperties = new();

    // A handler serves one request.
    private Rejection? _rejection;

    /// <summary>The caller, or the rejection.</summary>
    protected abstract Result<ClaimsPrincipal> Authenticate();

    /// <summary>Whether the request has a key or token of this scheme, valid or not. One that has none is not a failure.</summary>
    protected abstract bool IsPresented { get; }

    protected sealed override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        (var principal, _rejection) = Authenticate();
        if (
            _rejection is { Reason: RejectionReason.ApiKeyInvalid or RejectionReason.AdminKeyInvalid or RejectionReason.SessionInvalid }
            && IsPresented
            && failures.Count(Context, Scheme.Name) is { } throttled
        )
            _rejection = throttled;
        return Task.FromResult(
            principal is not null
                ? AuthenticateResult.Success(new(principal, NoProperties, Scheme.Name))
                : AuthenticateResult.Fail(_rejection!.Detail)
        );
    }

    /// <summary>Usually 401. A wrong origin is 403; see <see cref="ProblemTable"/>.</summary>
    protected sealed override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await HandleAuthenticateOnceSafeAsync(); // has already run, unless the policy named no scheme
        await Problems.WriteAsync(Context, _rejection ?? Closed);
    }

    protected sealed override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.WriteAsync(Context, Closed);
}
