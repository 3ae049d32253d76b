using Microsoft.AspNetCore.Diagnostics;
using Orleans.Runtime;
using Orleans.Serialization;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// Recognises the exceptions with which Orleans ends a call that no grain has answered: a silo that is lost, starting, stopping or of a
/// version that cannot read the message. Whether a grain had the call is another question: <see cref="UndeliveredMessage"/>.
/// docs/reference/lost-calls.md is the table.
/// </summary>
internal static class LostCall
{
    /// <param name="e">The exception of the call.</param>
    /// <param name="caller">Whoever made the call: where nobody has cancelled, Orleans has given up.</param>
    public static bool IsReportedBy(Exception e, CancellationToken caller) =>
        e is OrleansException or TimeoutException or SerializerException or UnavailableExceptionFallbackException
        || (e is OperationCanceledException && !caller.IsCancellationRequested);

    /// <summary>The account can be called again, at the node that takes it over.</summary>
    public static Rejection MayBeRepeated { get; } =
        new(
            RejectionReason.NodeLost,
            "The node that served this account was lost, and another node is taking over the account. Call again.",
            TimeSpan.FromSeconds(2)
        );

    /// <summary>A write that a grain may have had.</summary>
    public static Rejection OutcomeUnknown { get; } =
        new(
            RejectionReason.OutcomeUnknown,
            "The node that served this call was lost: X may or may not have acted. Check before sending this again."
        );
}

/// <summary>
/// Answers what <see cref="LostNodeFilter"/> does not see: calls to grains that are no <c>ICallTracker</c>, and a silo of this process that
/// is stopping.
/// </summary>
internal sealed partial class LostCallHandler(TimeProvider timeProvider, ILogger<LostCallHandler> logger) : IExceptionHandler
{
    private readonly ReportThrottle _lost = new(timeProvider);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested || !LostCall.IsReportedBy(exception, httpContext.RequestAborted))
            return false;
        if (_lost.Count() is { } count)
            LogLost(count, httpContext.GetEndpoint()?.DisplayName, exception.GetType().Name, exception.Message);
        var repeatable =
            HttpMethods.IsGet(httpContext.Request.Method)
            || HttpMethods.IsHead(httpContext.Request.Method)
            || UndeliveredMessage.IsProvedBy(exception);
        await Problems.WriteAsync(httpContext, repeatable ? LostCall.MayBeRepeated : LostCall.OutcomeUnknown);
        return true;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Calls to grains were lost, {Count} since the last line like this; the newest of {Endpoint}: {Exception}: {Cause}"
    )]
    private partial void LogLost(int count, string? endpoint, string exception, string cause);
}
