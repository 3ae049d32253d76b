using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>From X's refusal of a call that the proxy made for itself to one of our reasons, with X's words and X's time.</summary>
internal static class TwitterRefusal
{
    private static readonly TimeSpan WithoutStatedTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(1);

    /// <param name="answer">A whole answer of X's that is no success, or a success that has nothing but errors.</param>
    /// <param name="asked">When it was given: "when asked who signed in".</param>
    /// <param name="atX">The present instant, by X's clock.</param>
    public static Rejection Of(in UpstreamResult answer, string asked, DateTimeOffset atX)
    {
        var problem = TwitterProblem.Of(answer.Headers, answer.Body);
        var said = $"X answered {answer.Status} {asked}{problem.AsClause}";
        return answer.Status switch
        {
            _ when IsRedirect(answer.Status) => Redirected(answer.Status),
            _ when problem.CapOf(answer.Status) is { } cap => new(
                cap is UsageCapKind.UsageCapped ? RejectionReason.UsageCapped : RejectionReason.CreditsDepleted,
                said
            ),
            401 => new(RejectionReason.ReconnectNeeded, said),
            429 => new(RejectionReason.RateLimited, said, WaitOf(answer.Headers, atX)),
            >= 500 => new(RejectionReason.UpstreamFailed, said, RetryAfter.Of(answer.Headers, atX) ?? AfterFailure),
            >= 200 and < 300 when !problem.HasErrors => new(RejectionReason.UpstreamFailed, said, AfterFailure),
            // Not X's own words, or none about this call: it may be heard the next time.
            408 or 409 or 421 or 423 or 425 => new(RejectionReason.UpstreamFailed, said, AfterFailure),
            _ when !problem.IsOwn || problem.IsFailure => new(RejectionReason.UpstreamFailed, said, AfterFailure),
            _ => new(RejectionReason.UpstreamRefused, said),
        };
    }

    /// <summary>X's API never redirects: whoever does so is not X's API.</summary>
    public static bool IsRedirect(int status) => status is >= 300 and < 400 and not 304;

    /// <summary>What an operator has to mend when the API's address answers with a redirect.</summary>
    public static Rejection Redirected(int status) =>
        new(
            RejectionReason.ProxyMisconfigured,
            $"The address in Twitter:ApiBaseUrl answers with a redirect ({status}), which X's API does not. The operator must correct it; X's is https://api.x.com."
        );

    /// <summary>Until the last of the windows that X says are used up starts anew.</summary>
    private static TimeSpan WaitOf(IReadOnlyList<HeaderField> headers, DateTimeOffset atX)
    {
        if (RetryAfter.Of(headers, atX) is { } stated)
            return stated;
        var windows = RateLimitHeaders.Parse(headers);
        var until = new[] { windows.FifteenMinutes, windows.AccountDay, windows.AppDay }.Max(window =>
            window is { Remaining: 0 } ? window.Value.ResetAt : (DateTimeOffset?)null
        );
        var wait = (until ?? windows.FifteenMinutes?.ResetAt) - atX;
        return wait > TimeSpan.Zero && wait <= LongestWindow ? wait.Value : WithoutStatedTime;
    }
}
