using System.Collections.Concurrent;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features.Authentication;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>
/// Records every request of a known client, when it has ended. One whose key or token opens nothing is nobody's: it is counted elsewhere,
/// so that strangers do not fill the disk.
/// </summary>
internal sealed class ActivityRecorder(ActivityLog log, TimeProvider timeProvider)
{
    // What a path has that X's catalogue does not know may be anything: only that it is unknown is kept.
    private const string Forwarded = "/2/";
    private const string Unknown = "/2/{unknown}";

    private readonly ConcurrentDictionary<(RouteEndpoint Route, string Method), string> _routes = [];

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var call = new CallActivity();
        context.Features.Set(call);
        var started = timeProvider.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            Record(context, call, timeProvider.GetElapsedTime(started));
        }
    }

    private void Record(HttpContext context, CallActivity call, TimeSpan duration)
    {
        var (clientId, accountId) = context.Features.Get<IHttpAuthenticationFeature>()?.User switch
        {
            SessionPrincipal session => (session.Caller.Client.Id, session.Caller.Session.AccountId),
            ClientPrincipal client => (client.Client.Id, (string?)null),
            _ => (null, null),
        };
        if (clientId is null || EndpointOf(context, call) is not { } endpoint)
            return;
        var response = context.Response;
        var isGone = !response.HasStarted && context.RequestAborted.IsCancellationRequested;
        log.Record(
            timeProvider.GetUtcNow(),
            new ActivityEntry
            {
                ClientId = clientId,
                AccountId = accountId,
                Endpoint = endpoint,
                Status = isGone ? 0 : response.StatusCode,
                Outcome =
                    isGone ? ActivityEntry.Aborted
                    : call.Rejection is { } reason ? Problems.Slug(reason)
                    : ActivityEntry.Answered,
                Duration = duration,
                CostClass = call.Endpoint?.CostClass,
                RequestId = context.TraceIdentifier,
            }
        );
    }

    // The exception handler forgets the route.
    private string? EndpointOf(HttpContext context, CallActivity call) =>
        call.Endpoint is { OperationId: not null } known ? known.Key
        : (context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint) is RouteEndpoint route
            ? _routes.GetOrAdd((route, HttpMethods.GetCanonicalizedValue(context.Request.Method)), KeyOf)
        : null;

    private static string KeyOf((RouteEndpoint Route, string Method) request)
    {
        var path = "/" + request.Route.RoutePattern.RawText!.Trim('/');
        return $"{request.Method} {(path.StartsWith(Forwarded, StringComparison.Ordinal) ? Unknown : path)}";
    }
}
