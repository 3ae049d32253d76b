using System.Net;
using System.Text;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// The only connection pool to X. It changes nothing: no cookies, redirects, decompression or proxies. It adds a User-Agent where there is
/// none: X's edge refuses calls without.
/// </summary>
public static class TwitterHttp
{
    public static HttpMessageInvoker Create(IOptions<TwitterOptions> options) =>
        new(
            new NamedCaller(
                new SocketsHttpHandler
                {
                    UseCookies = false,
                    AllowAutoRedirect = false,
                    AutomaticDecompression = DecompressionMethods.None,
                    UseProxy = false,
                    ActivityHeadersPropagator = null,
                    ConnectTimeout = options.Value.ConnectTimeout,
                    PooledConnectionLifetime = TimeSpan.FromMinutes(5), // follows DNS changes of X
                    EnableMultipleHttp2Connections = true,
                    KeepAlivePingDelay = TimeSpan.FromSeconds(30), // detects a dead peer during a refresh, which has a long timeout
                    KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
                    // The encoding in which the front end reads headers; with ASCII alone the call would fail.
                    RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
                    MaxResponseHeadersLength = 64, // KiB
                }
            )
        );

    private sealed class NamedCaller(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const string Header = "User-Agent";

        private static readonly string Own = $"OrleansTwitterProxy/{typeof(TwitterHttp).Assembly.GetName().Version!.ToString(3)}";

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.Headers.NonValidated.TryGetValues(Header, out var caller) || string.IsNullOrWhiteSpace(caller.ToString()))
            {
                request.Headers.Remove(Header);
                request.Headers.TryAddWithoutValidation(Header, Own);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
