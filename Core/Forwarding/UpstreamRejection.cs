using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>What a caller is told of a call to X that got no whole response.</summary>
internal static class UpstreamRejection
{
    /// <returns>Null when there is a response to pass on.</returns>
    public static Rejection? Of(in UpstreamResult result, bool isSafe) =>
        result.Fault switch
        {
            UpstreamFault.None when result.Status is < 200 or > 599 => new(
                RejectionReason.UpstreamBroken,
                $"X answered with {result.Status}, which is no status of a response."
            ),
            UpstreamFault.None when TwitterRefusal.IsRedirect(result.Status) => TwitterRefusal.Redirected(result.Status),
            UpstreamFault.None => null,
            UpstreamFault.Connect => new(
                RejectionReason.UpstreamUnreachable,
                "X cannot be reached. It has seen nothing of this call.",
                TimeSpan.FromSeconds(1)
            ),
            UpstreamFault.TooLarge => new(
                RejectionReason.UpstreamTooLarge,
                $"X's response is larger than the {TwitterClient.MaxBodyBytes / 1024 / 1024} MiB the proxy passes on. Ask for less per page."
            ),
            _ when !isSafe => new(
                RejectionReason.OutcomeUnknown,
                "X did not finish its response: it may or may not have acted. Check before sending this again."
            ),
            UpstreamFault.Timeout => new(RejectionReason.UpstreamTimeout, "X did not respond in time.", TimeSpan.FromSeconds(1)),
            _ => new(RejectionReason.UpstreamBroken, "X broke off its response.", TimeSpan.FromSeconds(1)),
        };
}
