using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>Base of the schemes: a caller that is not authenticated gets the rejection as problem details, whatever its status.</summary>
public abstract class ProxyAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    // Reached by an authenticated caller only if a route has no policy, or a policy asks for more than a caller.
    private static readonly Rejection Closed = new(RejectionReason.EndpointNotAllowed, "This route is closed.");

    // Shared by all requests: nothing is ever put into it, and each new one has two dictionaries.
    private static readonly AuthenticationProperties NoProperties = new();

    // A handler serves one request, so this is that request's.
    private Rejection? _rejection;

    /// <summary>Who is calling; or why the call is refused.</summary>
    protected abstract Result<ClaimsPrincipal> Authenticate();

    protected sealed override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        (var principal, _rejection) = Authenticate();
        return Task.FromResult(
            principal is not null
                ? AuthenticateResult.Success(new(principal, NoProperties, Scheme.Name))
                : AuthenticateResult.Fail(_rejection!.Detail)
        );
    }

    /// <summary>Usually 401. An origin that is not allowed is 403, as <see cref="ProblemTable"/> says.</summary>
    protected sealed override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await HandleAuthenticateOnceSafeAsync(); // has run already, unless the policy named no scheme
        await Problems.WriteAsync(Context, _rejection ?? Closed);
    }

    protected sealed override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.WriteAsync(Context, Closed);
}
