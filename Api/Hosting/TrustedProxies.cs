using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Accepts X-Forwarded-For and -Proto from the configured proxies only.</summary>
internal static class TrustedProxies
{
    /// <exception cref="StartupException">An entry is neither an address nor a network.</exception>
    public static void AddTrustedProxies(this IServiceCollection services, IConfiguration configuration)
    {
        var trusted = configuration.GetSection($"{ProxyOptions.Section}:{nameof(ProxyOptions.TrustedProxies)}").Get<string[]>() ?? [];
        List<System.Net.IPNetwork> networks = [];
        foreach (var entry in trusted)
        {
            if (IPAddress.TryParse(entry, out var address))
                networks.Add(new(address, address.GetAddressBytes().Length * 8));
            else if (System.Net.IPNetwork.TryParse(entry, out var network))
                networks.Add(network);
            else
                throw new StartupException(
                    $"Not started: Proxy:TrustedProxies: '{entry}' is neither an IP address nor a network such as 10.0.0.0/8."
                );
        }

        services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders =
                networks.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in networks)
                options.KnownIPNetworks.Add(network);
        });
    }

    public static void UseTrustedProxies(this WebApplication app) => app.UseForwardedHeaders();
}
