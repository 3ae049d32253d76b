using Microsoft.AspNetCore.Authentication;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>Registers the schemes and policies, and adds them to the pipeline.</summary>
public static class ProxyAuthentication
{
    /// <summary>
    /// The front end's schemes. They need <c>ClientDirectory</c>, <c>SessionTokens</c>, <c>PublicAddress</c> and <c>OpsOptions</c>.
    /// </summary>
    public static void AddProxyAuthentication(this IServiceCollection services)
    {
        services.AddOperatorAuthentication();
        services.AddSingleton<OriginCheck>();
        services.AddScheme<SessionAuthentication>(ProxySchemes.Session);
        services.AddScheme<ApiKeyAuthentication>(ProxySchemes.ApiKey);
        services.AddScheme<CallAuthentication>(ProxySchemes.Call);
        services
            .AddAuthorizationBuilder()
            .AddPolicy(ProxyPolicies.Session, ProxyPolicies.Require(ProxySchemes.Session))
            .AddPolicy(ProxyPolicies.Client, ProxyPolicies.Require(ProxySchemes.ApiKey))
            .AddPolicy(ProxyPolicies.Call, ProxyPolicies.Require(ProxySchemes.Call));
    }

    /// <summary>
    /// The operator's scheme alone, for a silo without a front end. It needs <c>OpsOptions</c> and <c>ProxyOptions</c>. <see
    /// cref="AddProxyAuthentication"/> includes it.
    /// </summary>
    public static void AddOperatorAuthentication(this IServiceCollection services)
    {
        services.AddSingleton<DevelopmentMode>();
        services.AddSingleton<FailedCredentials>();
        services.AddSingleton<AdminKeys>();
        services.AddSingleton<AdminCookie>();
        // The challenge for a route without a policy, which names no scheme.
        services.AddAuthentication(options => options.DefaultChallengeScheme = ProxySchemes.AdminKey);
        services.AddScheme<AdminKeyAuthentication>(ProxySchemes.AdminKey);
        services
            .AddAuthorizationBuilder()
            .AddPolicy(ProxyPolicies.Operator, ProxyPolicies.Require(ProxySchemes.AdminKey))
            .SetFallbackPolicy(ProxyPolicies.Fallback);
    }

    /// <summary>Runs after routing and CORS: a preflight has no credentials, and a page may read why its call was refused.</summary>
    public static void UseProxyAuthentication(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
    }

    private static void AddScheme<T>(this IServiceCollection services, string name)
        where T : class, IAuthenticationHandler
    {
        services.AddTransient<T>();
        services.Configure<AuthenticationOptions>(options => options.AddScheme<T>(name, displayName: null));
    }
}
