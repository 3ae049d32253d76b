using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>What the end of a write says of what X did.</summary>
internal enum WriteOutcome
{
    /// <summary>X has decided, and would decide the same again.</summary>
    Final,

    /// <summary>X has not acted: the write may be sent anew.</summary>
    NotActed,

    /// <summary>X may have acted.</summary>
    InDoubt,
}

/// <summary>Tells the outcomes apart: the one place that does.</summary>
internal static class WriteOutcomes
{
    public static WriteOutcome Of(ForwardResponse response) =>
        response switch
        {
            // Of all refusals these alone are made after the call has gone out.
            {
                Rejection.Reason: RejectionReason.OutcomeUnknown
                    or RejectionReason.UpstreamTimeout
                    or RejectionReason.UpstreamBroken
                    or RejectionReason.UpstreamTooLarge
            } => WriteOutcome.InDoubt,
            { Rejection: not null } => WriteOutcome.NotActed,
            // A token, credits or a window may be there the next time.
            { Status: 401 or 402 or 425 or 429 } => WriteOutcome.NotActed,
            { Status: 408 or >= 500 } => WriteOutcome.InDoubt,
            _ => WriteOutcome.Final,
        };
}
