using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>What the end of a write shows about X's action.</summary>
internal enum WriteOutcome
{
    /// <summary>X has decided, and would decide the same way again.</summary>
    Final,

    /// <summary>X has not acted: the write may be sent again.</summary>
    NotActed,

    /// <summary>X may have acted.</summary>
    InDoubt,
}

/// <summary>Classifies outcomes, for all callers.</summary>
internal static class WriteOutcomes
{
    public static WriteOutcome Of(ForwardResponse response) =>
        response switch
        {
            // The only rejections made after the call was sent.
            {
                Rejection.Reason: RejectionReason.OutcomeUnknown
                    or RejectionReason.UpstreamTimeout
                    or RejectionReason.UpstreamBroken
                    or RejectionReason.UpstreamTooLarge
            } => WriteOutcome.InDoubt,
            { Rejection: not null } => WriteOutcome.NotActed,
            // A token, credits or a window may be available next time.
            { Status: 401 or 402 or 421 or 425 or 429 } => WriteOutcome.NotActed,
            { Status: 408 or >= 500 } => WriteOutcome.InDoubt,
            // A refusal of X's edge: X has decided nothing.
            { Status: >= 300 } when TwitterProblem.Of(response.Headers, response.Body).IsOfEdge => WriteOutcome.NotActed,
            _ => WriteOutcome.Final,
        };
}
