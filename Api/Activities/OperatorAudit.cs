using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>Puts an operator's action into the audit before it is done: who, what, and why.</summary>
public sealed class OperatorAudit(AuditLog audit)
{
    /// <summary>Optional: why the operator does it.</summary>
    public const string ReasonHeader = "Ops-Reason";

    private const int MaxReason = 200;

    /// <summary>Records the action of the operator who is authenticated.</summary>
    /// <param name="context">The request, on a route with <see cref="ProxyPolicies.Operator"/>.</param>
    /// <param name="action">One of <see cref="AuditActions"/>.</param>
    /// <param name="accountId">The account that it concerns; null for none.</param>
    /// <param name="detail">What exactly; null for no more than the action says.</param>
    /// <returns>Null once it is stored; otherwise the refusal, and it must not be done.</returns>
    public async Task<IResult?> BeginAsync(HttpContext context, string action, string? accountId = null, string? detail = null)
    {
        var reason = context.Request.Headers[ReasonHeader].ToString().Trim();
        if (reason.Length > MaxReason || reason.Any(char.IsControl))
            return ProblemResult.Invalid(ReasonHeader, $"say why in at most {MaxReason} characters, without control characters.");
        var entry = new AuditEntry
        {
            Action = action,
            Operator = context.Operator(),
            AccountId = accountId,
            Detail = detail,
            Reason = reason.Length > 0 ? reason : null,
            RequestId = context.TraceIdentifier,
        };
        try
        {
            await audit.RecordAsync(entry, context.RequestAborted);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return new ProblemResult(
                SharedRejections.StorageUnavailable("The action cannot be put into the audit, and so nothing was done")
            );
        }
    }
}
