using Microsoft.AspNetCore.Authentication;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Scheme <see cref="ProxySchemes.Call"/>: a request with an API key and no session token is the client's own, every other one the holder
/// of a session's.
/// </summary>
public sealed class CallAuthentication : IAuthenticationHandler
{
    private ProxyAuthenticationHandler _handler = null!; // set before anything else is called

    public Task InitializeAsync(AuthenticationScheme scheme, HttpContext context)
    {
        _handler = ApiKeyAuthentication.IsAloneIn(context.Request)
            ? context.RequestServices.GetRequiredService<ApiKeyAuthentication>()
            : context.RequestServices.GetRequiredService<SessionAuthentication>();
        return _handler.InitializeAsync(scheme, context);
    }

    public Task<AuthenticateResult> AuthenticateAsync() => _handler.AuthenticateAsync();

    public Task ChallengeAsync(AuthenticationProperties? properties) => _handler.ChallengeAsync(properties);

    public Task ForbidAsync(AuthenticationProperties? properties) => _handler.ForbidAsync(properties);
}
