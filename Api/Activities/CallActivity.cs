using OrleansTwitterProxy.Core.Rejections;
using TwitterEndpoint = OrleansTwitterProxy.Core.Twitter.Endpoint;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>What the pipeline learns of a request on its way, for its entry in the activity.</summary>
internal sealed class CallActivity
{
    /// <summary>The endpoint of X that is called; null until it is known.</summary>
    public TwitterEndpoint? Endpoint { get; set; }

    /// <summary>Why the proxy refused; null when it did not.</summary>
    public RejectionReason? Rejection { get; set; }

    /// <summary>The request's; null when calls are not recorded.</summary>
    public static CallActivity? Of(HttpContext context) => context.Features.Get<CallActivity>();
}
