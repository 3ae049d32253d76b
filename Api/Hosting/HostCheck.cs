using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Serves only requests whose Host is a name of this proxy: loopback, <see cref="ProxyOptions.PublicUrl"/>, the configured listen
/// addresses, and <see cref="ProxyOptions.AllowedHosts"/>. Otherwise a web page could point a name of its own at this machine and read
/// what it gets (DNS rebinding). Health checks are exempt: orchestrators call them by address, and they show no secret. The framework's
/// host filtering exempts nothing and answers in HTML.
/// </summary>
internal static class HostCheck
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Stands before routing. It needs <see cref="ListenAddresses"/> and <see cref="ProxyOptions"/>.</summary>
    public static void UseHostCheck(this WebApplication app)
    {
        var listening = app.Services.GetRequiredService<ListenAddresses>();
        var options = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value;
        string?[] urls = [options.PublicUrl, .. listening.Urls];
        HashSet<string> names = new(
            [.. Loopback, .. urls.Select(HostOf).OfType<string>(), .. options.AllowedHosts],
            StringComparer.OrdinalIgnoreCase
        );
        if (names.Contains("*"))
            return;
        List<StringSegment> patterns = [.. names]; // *.example.com
        app.Use(
            (context, next) =>
                names.Contains(context.Request.Host.Host)
                || HostString.MatchesAny(context.Request.Host.Host, patterns)
                || context.Request.Path.StartsWithSegments("/healthz", StringComparison.Ordinal)
                    ? next(context)
                    : Problems.WriteAsync(
                        context,
                        new(
                            RejectionReason.HostNotAllowed,
                            $"This proxy does not serve the host '{context.Request.Host.Host}'. Its operator can add a name to {ProxyOptions.Section}:{nameof(ProxyOptions.AllowedHosts)}."
                        )
                    )
        );
    }

    // "http://*:80" and "http://+:80" are no URIs, and 0.0.0.0 and :: no names: they say where to listen, not who we are.
    private static string? HostOf(string? url) =>
        !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host is "0.0.0.0" or "[::]" ? null
        : uri.HostNameType is UriHostNameType.Dns ? uri.IdnHost // as browsers send it
        : uri.Host;
}
