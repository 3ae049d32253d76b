using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>One call of a client.</summary>
/// <param name="At">When it had ended.</param>
/// <param name="ClientId">The client.</param>
/// <param name="AccountId">X's user id; null for a call with the app's own token, or by the client itself.</param>
/// <param name="Endpoint">Endpoint key at X; for a call that has not come so far, or is the proxy's own, its method and route.</param>
/// <param name="Status">HTTP status that the caller was told; 0 when it was gone.</param>
/// <param name="Outcome"><c>answered</c>, <c>aborted</c>, or the reason for which the proxy refused.</param>
/// <param name="DurationMs">From the request's head to the end of the response.</param>
/// <param name="CostClass">The row of X's price list for the operation; null for one without a price.</param>
/// <param name="RequestId">The request's id.</param>
public sealed record ActivityRow(
    DateTimeOffset At,
    string ClientId,
    string? AccountId,
    string Endpoint,
    int Status,
    string Outcome,
    double DurationMs,
    string? CostClass,
    string? RequestId
)
{
    internal static ActivityRow Of(ActivityEntry entry) =>
        new(
            entry.Position.At,
            entry.ClientId,
            entry.AccountId,
            entry.Endpoint,
            entry.Status,
            entry.Outcome,
            Math.Round(entry.Duration.TotalMilliseconds, 3),
            entry.CostClass,
            entry.RequestId
        );
}

/// <summary>A page of the activity, the newest call first.</summary>
/// <param name="Entries">The calls.</param>
/// <param name="NextBefore">Send it as <c>before</c> to get the next page; null on the last one.</param>
public sealed record ActivityPage(IReadOnlyList<ActivityRow> Entries, string? NextBefore);

/// <summary>One event of the audit.</summary>
/// <param name="At">When.</param>
/// <param name="Action">What was done, or has happened.</param>
/// <param name="Operator">Name of the admin key with which an operator did it.</param>
/// <param name="ClientId">The client that it was done through, or that it concerns.</param>
/// <param name="AccountId">X's user id of the account that it concerns.</param>
/// <param name="Detail">What exactly.</param>
/// <param name="Reason">Why, in the operator's words: the header Ops-Reason.</param>
/// <param name="RequestId">The request's id.</param>
/// <param name="Node">Name of the machine whose process recorded it.</param>
public sealed record AuditRow(
    DateTimeOffset At,
    string Action,
    string? Operator,
    string? ClientId,
    string? AccountId,
    string? Detail,
    string? Reason,
    string? RequestId,
    string? Node
)
{
    internal static AuditRow Of(AuditEntry entry) =>
        new(
            entry.Position.At,
            entry.Action,
            entry.Operator,
            entry.ClientId,
            entry.AccountId,
            entry.Detail,
            entry.Reason,
            entry.RequestId,
            entry.Node
        );
}

/// <summary>A page of the audit, the newest event first.</summary>
/// <param name="Entries">The events.</param>
/// <param name="NextBefore">Send it as <c>before</c> to get the next page; null on the last one.</param>
public sealed record AuditPage(IReadOnlyList<AuditRow> Entries, string? NextBefore);

/// <summary>The calls of a time, summed up.</summary>
/// <param name="By"><c>client</c>, <c>account</c> or <c>endpoint</c>.</param>
/// <param name="From">The first time that counts.</param>
/// <param name="To">The first time that no longer counts.</param>
/// <param name="Entries">The keys with the most calls first.</param>
public sealed record UsageReport(UsageKey By, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<Usage> Entries);
