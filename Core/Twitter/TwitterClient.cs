using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Sends one API call to X and reads the whole response. No retries, no decisions: the result is a value.</summary>
public sealed class TwitterClient(
    HttpMessageInvoker http,
    IOptions<TwitterOptions> options,
    TimeProvider timeProvider,
    UpstreamClock clock,
    ProxyMetrics metrics
)
{
    /// <summary>The largest body in either direction, in bytes.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    private static readonly HeaderField[] AcceptJson = [new("Accept", "application/json")];

    private readonly Uri _baseAddress = new(options.Value.ApiBaseUrl);
    private readonly bool _propagates = options.Value.PropagateTraceContext;

    /// <summary>X's clock, learned from its responses.</summary>
    public UpstreamClock Clock => clock;

    /// <summary>Maximum time of one call at X, including retries.</summary>
    public TimeSpan Timeout { get; } = options.Value.RequestTimeout;

    /// <summary>Sends the call with the account's access token.</summary>
    /// <param name="endpoint">Gives the method, and what the request is measured as.</param>
    /// <param name="target">Path and query, sent unchanged.</param>
    /// <param name="headers">Headers that passed <see cref="HeaderPolicy.PassesToX"/>.</param>
    /// <param name="body">Bytes, sent unchanged.</param>
    /// <param name="accessToken">Takes the place of the caller's session token.</param>
    /// <param name="time">Maximum time, including the response body; at most <see cref="Timeout"/>.</param>
    /// <param name="cancellationToken">Cancelled when the caller disconnects; this cancels the call to X.</param>
    public async Task<UpstreamResult> SendAsync(
        Endpoint endpoint,
        string target,
        IReadOnlyList<HeaderField> headers,
        ReadOnlyMemory<byte> body,
        AccessToken accessToken,
        TimeSpan time,
        CancellationToken cancellationToken
    )
    {
        var started = timeProvider.GetTimestamp();
        using var span = ProxyTraces.StartUpstream(endpoint.Method, endpoint.Template, _baseAddress.Host);
        var result = await SendWithinAsync(endpoint.Method, target, headers, body, accessToken, time, cancellationToken);
        metrics.UpstreamEnded(endpoint.Family, result.Fault, result.Status, timeProvider.GetElapsedTime(started));
        span?.End(result.Fault, result.Status);
        return result;
    }

    private async Task<UpstreamResult> SendWithinAsync(
        string method,
        string target,
        IReadOnlyList<HeaderField> headers,
        ReadOnlyMemory<byte> body,
        AccessToken accessToken,
        TimeSpan time,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(time, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = Build(method, target, headers, body, accessToken);
        try
        {
            using var response = await http.SendAsync(request, linked.Token);
            Watch(response);
            var (bytes, whole) = method is "HEAD"
                ? (default, true)
                : await BoundedBody.ReadAsync(response.Content, MaxBodyBytes, linked.Token);
            return new(whole ? UpstreamFault.None : UpstreamFault.TooLarge, (int)response.StatusCode, HeadersOf(response), bytes);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            return UpstreamResult.Failed(FaultOf(e, timeout.Token, cancellationToken));
        }
    }

    /// <summary>Opens a stream: the response is returned as soon as its headers are there. One that is no 200 is read whole.</summary>
    /// <param name="endpoint">The stream.</param>
    /// <param name="target">Path and query, sent unchanged.</param>
    /// <param name="accessToken">The app's.</param>
    /// <param name="cancellationToken">Cancels the attempt; not the stream, once it is open.</param>
    public async Task<OpenedStream> OpenAsync(
        Endpoint endpoint,
        string target,
        AccessToken accessToken,
        CancellationToken cancellationToken
    )
    {
        var started = timeProvider.GetTimestamp();
        using var span = ProxyTraces.StartUpstream(endpoint.Method, endpoint.Template, _baseAddress.Host);
        var opened = await OpenWithinAsync(target, accessToken, cancellationToken);
        var (fault, status) = (opened.Result.Fault, opened.Result.Status);
        metrics.UpstreamEnded(endpoint.Family, fault, status, timeProvider.GetElapsedTime(started));
        span?.End(fault, status);
        return opened;
    }

    private async Task<OpenedStream> OpenWithinAsync(string target, AccessToken accessToken, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = Build("GET", target, AcceptJson, default, accessToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(request, linked.Token);
            Watch(response);
            var (status, headers) = ((int)response.StatusCode, HeadersOf(response));
            if (status == 200)
            {
                var opened = new OpenedStream(
                    new(UpstreamFault.None, status, headers, default),
                    response,
                    await response.Content.ReadAsStreamAsync(linked.Token)
                );
                response = null;
                return opened;
            }

            var (bytes, whole) = await BoundedBody.ReadAsync(response.Content, MaxBodyBytes, linked.Token);
            return new(new(whole ? UpstreamFault.None : UpstreamFault.TooLarge, status, headers, bytes));
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            return new(UpstreamResult.Failed(FaultOf(e, timeout.Token, cancellationToken)));
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>
    /// Distinguishes a connection that was never established from one that broke: only the first proves that X received nothing.
    /// </summary>
    internal static UpstreamFault FaultOf(HttpRequestException e) =>
        e.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError
            or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError => UpstreamFault.Connect,
            _ => UpstreamFault.Broken,
        };

    private static UpstreamFault FaultOf(Exception e, CancellationToken timeout, CancellationToken caller) =>
        e switch
        {
            OperationCanceledException when caller.IsCancellationRequested => UpstreamFault.Cancelled,
            OperationCanceledException when timeout.IsCancellationRequested => UpstreamFault.Timeout,
            OperationCanceledException => UpstreamFault.Connect, // the handler's own ConnectTimeout
            HttpRequestException failure => FaultOf(failure),
            _ => UpstreamFault.Broken,
        };

    private HttpRequestMessage Build(
        string method,
        string target,
        IReadOnlyList<HeaderField> headers,
        ReadOnlyMemory<byte> body,
        AccessToken accessToken
    )
    {
        // Uri would rewrite escapes, and the target must reach X byte for byte.
        var uri = new Uri(
            string.Concat(_baseAddress.GetLeftPart(UriPartial.Authority), target),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        var request = new HttpRequestMessage(HttpMethod.Parse(method), uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (!body.IsEmpty || method is "POST" or "PUT" or "PATCH")
            request.Content = new ReadOnlyMemoryContent(body);
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.TryAddWithoutValidation("Authorization", string.Concat("Bearer ", accessToken.Reveal()));
        if (_propagates && Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } context })
            request.Headers.TryAddWithoutValidation("traceparent", context);
        return request;
    }

    private void Watch(HttpResponseMessage response)
    {
        var now = timeProvider.GetUtcNow();
        if (clock.IsListening(now) && response.Headers.NonValidated.TryGetValues("Date", out var date))
            clock.Observe(date.ToString(), now);
    }

    private static HeaderField[] HeadersOf(HttpResponseMessage response)
    {
        List<HeaderField> headers = new(16);
        Add(response.Headers.NonValidated);
        Add(response.Content.Headers.NonValidated);
        return [.. headers];

        void Add(HttpHeadersNonValidated from)
        {
            foreach (var (name, values) in from)
            {
                if (!HeaderPolicy.PassesToCaller(name))
                    continue;
                foreach (var value in values)
                {
                    if (HeaderPolicy.IsSendable(value))
                        headers.Add(new(name, value));
                }
            }
        }
    }
}

/// <summary>The result of a call to X.</summary>
/// <param name="Fault">None when the response is complete.</param>
/// <param name="Status">X's status; 0 for no response.</param>
/// <param name="Headers">The headers that pass to the caller.</param>
/// <param name="Body">X's body.</param>
public readonly record struct UpstreamResult(UpstreamFault Fault, int Status, HeaderField[] Headers, ReadOnlyMemory<byte> Body)
{
    public static UpstreamResult Failed(UpstreamFault fault) => new(fault, 0, [], default);
}
