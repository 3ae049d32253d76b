using System.Diagnostics;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Telemetry;

/// <summary>The proxy's own spans: its requests to X. The front end's and the grains' are the framework's and Orleans'.</summary>
public static class ProxyTraces
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "OrleansTwitterProxy";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// A request to X, with the names of OpenTelemetry's HTTP conventions (1.30). Neither path nor query is in it: what users search for is
    /// their own.
    /// </summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="template">Route template: <c>/2/users/{id}/tweets</c>.</param>
    /// <param name="host">X's.</param>
    /// <returns>Null when nobody records it.</returns>
    public static Activity? StartUpstream(string method, string template, string host)
    {
        if (!Source.HasListeners())
            return null;
        var span = Source.StartActivity($"{method} {template}", ActivityKind.Client);
        span?.SetTag("http.request.method", method);
        span?.SetTag("url.template", template);
        span?.SetTag("server.address", host);
        return span;
    }

    /// <summary>Notes how the request ended.</summary>
    public static void End(this Activity span, UpstreamFault fault, int status)
    {
        if (status > 0)
            span.SetTag("http.response.status_code", status);
        if (fault is UpstreamFault.None && status < 400)
            return;
        span.SetTag("error.type", fault is UpstreamFault.None ? $"{status}" : fault.ToString());
        span.SetStatus(ActivityStatusCode.Error);
    }
}
