using System.Net;
using System.Text;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>The one connection pool to X. Nothing on it interprets what passes: no cookies, redirects, decompression or proxies.</summary>
public static class TwitterHttp
{
    public static HttpMessageInvoker Create(IOptions<TwitterOptions> options) =>
        new(
            new SocketsHttpHandler
            {
                UseCookies = false,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                UseProxy = false,
                ActivityHeadersPropagator = null,
                ConnectTimeout = options.Value.ConnectTimeout,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5), // follows X's DNS
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(30), // notices a dead peer under a refresh that is patient by design
                KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
                // As the front end reads them; ASCII alone would fail the call.
                RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
                MaxResponseHeadersLength = 64, // KiB
            }
        );
}
