using System.Net;
using Microsoft.Extensions.Primitives;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// Whether the public keys <c>dev-key</c> and <c>dev-admin</c> open anything. They do while X is a sandbox on this machine, nothing says
/// that the proxy is reached from elsewhere, and no client and no admin key is configured. Once over, it does not come back before the next
/// start: a configuration file may be missing for a moment only.
/// </summary>
public sealed class DevelopmentMode : IDisposable
{
    private static readonly string[] ForwardingHeaders = ["Forwarded", "X-Forwarded-", "X-Original-", "X-Real-IP", "Via"];

    private readonly IDisposable _reload;
    private volatile bool _isOn;

    public DevelopmentMode(IConfiguration configuration)
    {
        _isOn = IsPossible(configuration);
        _reload = ChangeToken.OnChange(configuration.GetReloadToken, () =>
        {
            if (!IsPossible(configuration))
                _isOn = false;
        });
    }

    /// <summary>Whether the public keys are valid for requests of this machine.</summary>
    public bool IsOn => _isOn;

    /// <summary>
    /// Whether they are valid for this request: it comes from this machine, for a loopback name, and no proxy has sent it on. A proxy on
    /// the same machine that adds none of the usual headers and rewrites Host cannot be told from a caller here: set
    /// <see cref="ProxyOptions.PublicUrl"/> behind one.
    /// </summary>
    public bool Covers(HttpContext context) =>
        IsOn
        && IsLoopback(context.Connection.LocalIpAddress)
        && IsLoopback(context.Connection.RemoteIpAddress)
        && ListenAddresses.IsLoopbackHost(context.Request.Host.Host)
        && !IsForwarded(context.Request.Headers);

    /// <summary>
    /// Whether they are valid for a page of this machine, under any port: a developer's own, which then calls, and to which a sign-in
    /// returns.
    /// </summary>
    /// <param name="context">The page's request.</param>
    /// <param name="page">Its origin or URL.</param>
    public bool CoversPage(HttpContext context, string page) => IsOnLoopback(page) && Covers(context);

    public void Dispose() => _reload.Dispose();

    private static bool IsPossible(IConfiguration configuration) =>
        ListenAddresses.IsLoopback(configuration[$"{ProxyOptions.Section}:{nameof(ProxyOptions.PublicUrl)}"] ?? ListenAddresses.Default)
        && ListenAddresses.IsLoopback(configuration[$"{TwitterOptions.Section}:{nameof(TwitterOptions.ApiBaseUrl)}"] ?? "")
        && !configuration.GetSection("Clients").GetChildren().Any()
        && !configuration.GetSection($"{OpsOptions.Section}:{nameof(OpsOptions.AdminKeys)}").GetChildren().Any();

    private static bool IsOnLoopback(string page) =>
        Uri.TryCreate(page, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && ListenAddresses.IsLoopbackHost(uri.Host);

    private static bool IsForwarded(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            foreach (var forwarding in ForwardingHeaders)
            {
                if (name.StartsWith(forwarding, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    // Null: an in-memory server, which nobody reaches over a network.
    private static bool IsLoopback(IPAddress? address) => address is null || IPAddress.IsLoopback(address);
}
