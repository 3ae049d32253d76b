using System.Security.Cryptography;
using Scalar.AspNetCore;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// A page by Scalar for reading the API description and trying its routes. Everything that it loads is in the package: a browser asks
/// nobody else. Its styles are inline; its scripts run by a nonce of each response.
/// </summary>
internal static class ApiReference
{
    public const string Path = "/reference";

    public static void MapApiReference(this WebApplication app) =>
        app.MapScalarApiReference(Path, static (options, context) =>
            {
                var nonce = RandomNumberGenerator.GetHexString(32);
                context.Response.Headers.ContentSecurityPolicy = PolicyWith(nonce);
                options
                    .WithTitle("OrleansTwitterProxy: API reference")
                    .WithOpenApiRoutePattern("/openapi/v1.json")
                    .WithNonce(nonce)
                    .DisableDefaultFonts()
                    .DisableTelemetry()
                    .DisableAgent()
                    .HideDeveloperTools();
            })
            .AllowAnonymous();

    private static string PolicyWith(string nonce) =>
        $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
}
