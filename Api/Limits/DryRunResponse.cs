using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Api.Limits;

/// <summary>The call to check.</summary>
/// <param name="Method">HTTP method at X.</param>
/// <param name="Path">Path at X, beginning with <c>/2/</c>: a real path, also with its query, or a template such as
/// <c>/2/users/{id}/likes</c>.</param>
public sealed record DryRunRequest(string Method, string Path);

/// <summary>What a call would get.</summary>
/// <param name="WouldGo">Whether it would be sent to X now, as far as the proxy can tell.</param>
/// <param name="Reason">Why not, as in docs/reference/errors.md; null when it would be sent.</param>
/// <param name="Status">The status of that rejection.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Retryable">Whether waiting helps.</param>
/// <param name="RetryAfter">Seconds to wait.</param>
/// <param name="At">When it would be sent.</param>
/// <param name="RefreshesFirst">Whether it would wait for a token refresh.</param>
/// <param name="EndpointKey">The endpoint whose windows it would use.</param>
/// <param name="Windows">These windows.</param>
public sealed record DryRunResponse(
    bool WouldGo,
    string? Reason,
    int? Status,
    string? Detail,
    bool? Retryable,
    long? RetryAfter,
    DateTimeOffset? At,
    bool RefreshesFirst,
    string EndpointKey,
    IReadOnlyList<WindowSnapshot> Windows
)
{
    internal static DryRunResponse Of(string endpointKey, DryRun run, DateTimeOffset now)
    {
        if (run.Refusal is not { } refusal)
            return new(true, null, null, null, null, null, now, run.RefreshesFirst, endpointKey, run.Windows);
        var row = ProblemTable.Of(refusal.Reason);
        return new(
            false,
            Problems.Slug(refusal.Reason),
            row.Status,
            refusal.Detail,
            row.Retryable,
            Problems.RetryAfterSeconds(refusal),
            refusal.RetryAfter is { } wait ? now + wait : null,
            run.RefreshesFirst,
            endpointKey,
            run.Windows
        );
    }

    internal static DryRunResponse Of(string endpointKey, Rejection refusal, DateTimeOffset now) =>
        Of(endpointKey, new DryRun(refusal, RefreshesFirst: false, []), now);
}
