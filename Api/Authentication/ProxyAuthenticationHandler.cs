using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Base of the schemes. A caller that is not authenticated gets the rejection as problem details, with its status. The framework's own base
/// class reads options and makes a logger for every request; these schemes have neither.
/// </summary>
public abstract class ProxyAuthenticationHandler(FailedCredentials failures) : IAuthenticationHandler
{
    // An authenticated caller gets this only if a route has no policy, or a policy with more requirements.
    private static readonly Rejection Closed = new(RejectionReason.EndpointNotAllowed, "This route is closed.");

    // Shared by all requests: it is never changed, and each instance has two dictionaries.
    private static readonly AuthenticationProperties NoProperties = new();

    // A handler serves one request.
    private Task<AuthenticateResult>? _result;
    private Rejection? _rejection;
    private string _scheme = "";

    protected HttpContext Context { get; private set; } = null!;

    protected HttpRequest Request => Context.Request;

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        (_scheme, Context) = (scheme.Name, context);
        return Task.CompletedTask;
    }

    public Task<AuthenticateResult> AuthenticateAsync() => _result ??= Task.FromResult(AuthenticateOnce());

    /// <summary>Usually 401. A wrong origin is 403; see <see cref="ProblemTable"/>.</summary>
    public async Task ChallengeAsync(AuthenticationProperties? properties)
    {
        await AuthenticateAsync(); // has already run, unless the policy named no scheme
        await Problems.WriteAsync(Context, _rejection ?? Closed);
    }

    public Task ForbidAsync(AuthenticationProperties? properties) => Problems.WriteAsync(Context, Closed);

    /// <summary>The caller, or the rejection.</summary>
    protected abstract Result<ClaimsPrincipal> Authenticate();

    /// <summary>Whether the request has a key or token of this scheme, valid or not. One that has none is not a failure.</summary>
    protected abstract bool IsPresented { get; }

    private AuthenticateResult AuthenticateOnce()
    {
        (var principal, _rejection) = Authenticate();
        if (
            _rejection is { Reason: RejectionReason.ApiKeyInvalid or RejectionReason.AdminKeyInvalid or RejectionReason.SessionInvalid }
            && IsPresented
            && failures.Count(Context, _scheme) is { } throttled
        )
            _rejection = throttled;
        return principal is not null
            ? AuthenticateResult.Success(new(principal, NoProperties, _scheme))
            : AuthenticateResult.Fail(_rejection!.Detail);
    }
}
