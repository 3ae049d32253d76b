using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The address under which browsers reach the proxy.</summary>
public sealed class PublicAddress(IOptions<ProxyOptions> options, IServer server)
{
    public const string CallbackPath = "/v1/auth/callback";

    /// <summary>Scheme, host and port, without a trailing slash. Known once the server listens.</summary>
    public string Url =>
        (
            options.Value.PublicUrl ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? ListenAddresses.Default
        ).TrimEnd('/');

    /// <summary>The callback to register at X.</summary>
    public string Callback => Url + CallbackPath;
}
