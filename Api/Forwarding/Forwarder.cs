using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Activities;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Streams;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Telemetry;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Grains.Interfaces;
using TwitterEndpoint = OrleansTwitterProxy.Core.Twitter.Endpoint;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>
/// The front end's part of a call: steps 2 and 3, and the response. Step 1, authentication, is <see cref="SessionAuthentication"/>.
/// </summary>
public sealed partial class Forwarder(
    SessionThrottle lane,
    BodyBudget budget,
    EndpointCatalogue catalogue,
    StreamForwarder streams,
    IGrainFactory grains,
    IOptions<QueueOptions> queue,
    ProxyMetrics metrics,
    TimeProvider timeProvider,
    ILogger<Forwarder> logger
)
{
    private static readonly HeaderField AcceptJson = new("Accept", "application/json");
    private static readonly HeaderField SendJson = new("Content-Type", "application/json");

    /// <summary>Forwards the request, its target in the one form that <see cref="ForwardTarget"/> makes.</summary>
    public async Task ForwardAsync(HttpContext context)
    {
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (ForwardTarget.Canonicalize(rawTarget, out var target) is { } fault)
        {
            await Problems.WriteAsync(context, new(RejectionReason.InvalidPath, fault));
            return;
        }

        // "post" is routed like POST and must share its windows.
        var endpoint = catalogue.Find(HttpMethods.GetCanonicalizedValue(context.Request.Method), ForwardTarget.PathOf(target));
        CallActivity.Of(context)?.Endpoint = endpoint;
        var origin = CallOrigin.Of(context);
        if (origin.Refuse(endpoint) is { } rejection)
        {
            await Problems.WriteAsync(context, rejection);
            return;
        }

        if (endpoint.IsStream)
        {
            await streams.ForwardAsync(context, origin.Client, endpoint, target);
            return;
        }

        using var place = await lane.EnterAsync(origin.SessionId, context.RequestAborted);
        using var body = await RequestBody.ReadAsync(context, budget);
        if (body.Rejection is { } noBody)
        {
            await Problems.WriteAsync(context, noBody);
            return;
        }

        if (HeadersOf(context.Request) is not { } headers)
        {
            await Problems.WriteAsync(context, new(RejectionReason.InvalidRequest, "A header has control characters in it."));
            return;
        }

        await SendAsync(context, origin, endpoint, target, headers, body.Bytes, place.Waited);
    }

    /// <summary>Sends a call that one of the simple routes has built.</summary>
    /// <param name="context">The current request; its query is not used.</param>
    /// <param name="method">Method at X.</param>
    /// <param name="written">Path and query at X; <see cref="ForwardRequest.AccountPlaceholder"/> stands for the caller's account.</param>
    /// <param name="json">The JSON body; empty for none.</param>
    public async Task SendAsync(HttpContext context, string method, string written, ReadOnlyMemory<byte> json = default)
    {
        if (ForwardTarget.CanonicalizeQuery(written, out var target) is { } fault)
        {
            await Problems.WriteAsync(context, new(RejectionReason.InvalidPath, fault));
            return;
        }

        var endpoint = catalogue.Find(method, ForwardTarget.PathOf(target));
        CallActivity.Of(context)?.Endpoint = endpoint;
        var origin = CallOrigin.Of(context);
        if (origin.Refuse(endpoint) is { } rejection)
        {
            await Problems.WriteAsync(context, rejection);
            return;
        }

        using var place = await lane.EnterAsync(origin.SessionId, context.RequestAborted);
        await SendAsync(context, origin, endpoint, target, HeadersOf(context.Request, !json.IsEmpty), json, place.Waited);
    }

    private async Task SendAsync(
        HttpContext context,
        CallOrigin origin,
        TwitterEndpoint endpoint,
        string target,
        HeaderField[] headers,
        ReadOnlyMemory<byte> body,
        TimeSpan heldUp
    )
    {
        if (!TryReadKey(context.Request, endpoint, out var key))
        {
            await Problems.WriteAsync(
                context,
                new(RejectionReason.InvalidRequest, $"{IdempotencyKey.Header} must be one value of 1 to 255 visible ASCII characters.")
            );
            return;
        }

        // 3. One call to the account's session, or to the app's.
        var started = timeProvider.GetTimestamp();
        var preferences = CallPreferences.Of(context.Request.Headers, origin.Client, queue.Value.MaxWait);
        var request = new ForwardRequest
        {
            SessionId = origin.SessionId,
            EndpointKey = endpoint.Key,
            Method = endpoint.Method,
            Target = target,
            Headers = headers,
            Body = body,
            IdempotencyKey = key,
            Wait = preferences.Wait,
            Urgency = preferences.Urgency,
            RequestId = context.TraceIdentifier,
        };
        var response = origin.AccountId is { } accountId
            ? await grains.Session(accountId).SendAsync(request, context.RequestAborted)
            : await grains.App.SendAsync(request, context.RequestAborted);
        if (preferences.Applied is { } applied)
            context.Response.Headers["Preference-Applied"] = applied;
        var total = timeProvider.GetElapsedTime(started) + heldUp;
        ResponseFields.Write(context.Response, response, total, timeProvider.GetUtcNow());
        Note(context, origin, endpoint, response, total);
        await WriteAsync(context, response);
    }

    private void Note(HttpContext context, CallOrigin origin, TwitterEndpoint endpoint, ForwardResponse response, TimeSpan total)
    {
        var status = response.Rejection is { } rejection ? ProblemTable.Of(rejection.Reason).Status : response.Status;
        metrics.CallEnded(
            endpoint.Family,
            origin.Client.Id,
            ResultOf(status, isOfX: response.Rejection is null),
            total,
            response.Timings.Queue
        );
        Activity.Current?.SetTag("otp.client", origin.Client.Id).SetTag("otp.endpoint", endpoint.Key);
        if (!logger.IsEnabled(LogLevel.Debug))
            return;
        var (refresh, atX, queue, _) = response.Timings;
        LogForwarded(
            endpoint.Key,
            status,
            response.Rejection?.Reason,
            origin.Client.Id,
            origin.AccountId,
            total.TotalMilliseconds,
            queue.TotalMilliseconds,
            refresh.TotalMilliseconds,
            atX.TotalMilliseconds,
            context.TraceIdentifier
        );
    }

    private static CallResult ResultOf(int status, bool isOfX) =>
        (status, isOfX) switch
        {
            (< 500, false) => CallResult.Refused,
            (_, false) => CallResult.Failed,
            (429, _) => CallResult.RateLimited,
            (< 400, _) => CallResult.Success,
            (< 500, _) => CallResult.ClientError,
            _ => CallResult.ServerError,
        };

    /// <summary>Writes the proxy's rejection, or X's response unchanged.</summary>
    internal static async Task WriteAsync(HttpContext context, ForwardResponse response)
    {
        if (response.Rejection is { } rejection)
        {
            await Problems.WriteAsync(context, rejection);
            return;
        }

        // X's error responses pass through unchanged, also those without a body: no problem details replace them.
        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
            pages.Enabled = false;
        context.Response.StatusCode = response.Status;
        foreach (var (name, value) in response.Headers)
            context.Response.Headers.Append(name, value);
        if (
            response.Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            || HttpMethods.IsHead(context.Request.Method)
        )
            return;
        context.Response.ContentLength = response.Body.Length;
        if (!response.Body.IsEmpty)
            await context.Response.Body.WriteAsync(response.Body, context.RequestAborted);
    }

    // The header has no meaning on a safe method and is ignored there.
    private static bool TryReadKey(HttpRequest request, TwitterEndpoint endpoint, out string? key)
    {
        key = null;
        if (endpoint.IsSafe || !request.Headers.TryGetValue(IdempotencyKey.Header, out var values))
            return true;
        key = values.Count == 1 ? IdempotencyKey.TryParse(values.ToString()) : null;
        return key is not null;
    }

    // Null when a header has control characters: an HTTP/2 edge would close the whole connection, with other callers' calls on it.
    // A simple route builds its call anew; who calls stays the same.
    private static HeaderField[] HeadersOf(HttpRequest request, bool hasBody)
    {
        var userAgent = request.Headers.UserAgent.ToString();
        return (userAgent.Length > 0 && HeaderPolicy.IsSendable(userAgent), hasBody) switch
        {
            (true, true) => [AcceptJson, SendJson, new("User-Agent", userAgent)],
            (true, false) => [AcceptJson, new("User-Agent", userAgent)],
            (false, true) => [AcceptJson, SendJson],
            _ => [AcceptJson],
        };
    }

    private static HeaderField[]? HeadersOf(HttpRequest request)
    {
        List<HeaderField> headers = new(8);
        foreach (var (name, values) in request.Headers)
        {
            if (!HeaderPolicy.PassesToX(name))
                continue;
            var value = values.ToString();
            if (!HeaderPolicy.IsSendable(value))
                return null;
            headers.Add(new(name, HeaderPolicy.ValueForX(name, value)));
        }

        return [.. headers];
    }

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "{EndpointKey}: {Status} {Reason}; client {ClientId}, account {AccountId}, {Total:F1} ms (queue {Queue:F1}, refresh {Refresh:F1}, X {Upstream:F1}), request {RequestId}"
    )]
    private partial void LogForwarded(
        string endpointKey,
        int status,
        RejectionReason? reason,
        string clientId,
        string? accountId,
        double total,
        double queue,
        double refresh,
        double upstream,
        string requestId
    );
}
