using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// Sends a media call until X has taken it, refuses it for good, or patience ends. Every media call may be repeated, also when X may have
/// acted on it: a segment keeps its index, and what is initialized twice expires once unused.
/// </summary>
internal sealed class MediaRetries(TimeSpan patience, TimeProvider timeProvider)
{
    private const string GoOn = "Nothing that was acknowledged is lost; go on from Upload-Offset.";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(8);

    /// <param name="session">Who calls.</param>
    /// <param name="request">What is sent.</param>
    /// <param name="about">The media that X's answer must be about to count; null when its status says enough.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<MediaResult> SendAsync(
        IUserSession session,
        ForwardRequest request,
        string? about,
        CancellationToken cancellationToken
    )
    {
        var deadline = timeProvider.GetUtcNow() + patience;
        var doubtful = false;
        var backoff = new Backoff(FirstDelay, MaxDelay);
        while (true)
        {
            var left = deadline - timeProvider.GetUtcNow();
            var response = await session.SendAsync(request with { Wait = left > TimeSpan.Zero ? left : TimeSpan.Zero }, cancellationToken);
            var isTaken = response.Rejection is null && response.Status is >= 200 and < 300;
            if (isTaken && TwitterMediaResponse.Of(response) is { IsErrorsAlone: false } answer && (about is null || answer.IsAbout(about)))
                return new(answer, null, IsFinal: true, doubtful) { Said = answer.MediaId is null ? SaidIn(response) : null };
            var (rejection, isFinal, retry) = Judge(response, request.EndpointKey.EndsWith("/append", StringComparison.Ordinal));
            doubtful |=
                isTaken || response.Rejection is { Reason: RejectionReason.OutcomeUnknown } || response.Status is 408 or 409 or >= 500;
            var wait = backoff.Next(rejection.RetryAfter);
            if (!retry || timeProvider.GetUtcNow() + wait > deadline)
                return new(null, rejection, isFinal, doubtful) { Said = SaidIn(response) };
            await Task.Delay(wait, timeProvider, cancellationToken);
        }
    }

    private static string? SaidIn(ForwardResponse response) =>
        response.Rejection is null ? $"X answered {response.Status}{TwitterProblem.Of(response.Headers, response.Body).AsClause}" : null;

    /// <summary>What an answer that is no success means for the upload.</summary>
    /// <param name="response">X's answer, or the proxy's rejection.</param>
    /// <param name="isSegment">Whether a segment was sent: only of one X can say that it is too large as a request.</param>
    /// <returns>What to tell; whether the upload can come to nothing any more; whether the same call may yet succeed.</returns>
    internal static (Rejection Rejection, bool IsFinal, bool Retry) Judge(ForwardResponse response, bool isSegment)
    {
        if (response.Rejection is { } own)
            return JudgeOwn(own);
        var problem = TwitterProblem.Of(response.Headers, response.Body);
        var said = $"X answered {response.Status}{problem.AsClause}";
        return response.Status switch
        {
            403 when problem.IsOfEdge => (Failed(said), false, true),
            // The user or the operator can mend these while the upload lives: a sign-in, credits, a permission.
            401 => (new(RejectionReason.ReconnectNeeded, $"X does not accept the account's token: {said}"), false, false),
            403 => (new(RejectionReason.UpstreamRefused, $"X refuses this upload to the account or the app: {said}"), false, false),
            _ when problem.CapOf(response.Status) is { } cap => (
                new(cap is UsageCapKind.UsageCapped ? RejectionReason.UsageCapped : RejectionReason.CreditsDepleted, said),
                false,
                false
            ),
            429 => (new(RejectionReason.RateLimited, $"X's limit for media is reached: {said} {GoOn}"), false, true),
            >= 500 => (Failed(said), false, true),
            >= 200 and < 300 when problem.HasErrors => (new(RejectionReason.UpstreamRefused, $"X refuses this: {said}"), false, false),
            >= 200 and < 300 => (Failed($"{said} It did not say how it is with the media."), false, true),
            408 or 409 or 421 or 423 or 425 => (Failed(said), false, true),
            _ when problem.IsOfEdge => (Failed(said), false, true),
            _ when TwitterRefusal.IsRedirect(response.Status) => (TwitterRefusal.Redirected(response.Status), false, false),
            404 or 410 => (UploadRejections.Forgotten(), true, false),
            400 when said.Contains("not found", StringComparison.OrdinalIgnoreCase) => (UploadRejections.Forgotten(), true, false),
            // A segment that is too large stays so, and one length is for the whole upload.
            413 when !isSegment => (new(RejectionReason.MediaTooLarge, $"X finds the media too large: {said}"), true, false),
            413 or 431 when isSegment => (
                new(
                    RejectionReason.MediaRejected,
                    $"X finds a segment too large: {said} Lower {MediaOptions.Section}:{nameof(MediaOptions.MaxSegmentBytes)} and upload anew."
                ),
                true,
                false
            ),
            _ => (new(RejectionReason.MediaRejected, $"X refuses the media: {said}"), true, false),
        };
    }

    private static (Rejection Rejection, bool IsFinal, bool Retry) JudgeOwn(Rejection own) =>
        own.Reason switch
        {
            RejectionReason.OutcomeUnknown => (Broken(), false, true),
            RejectionReason.RateLimited
            or RejectionReason.CircuitOpen
            or RejectionReason.UpstreamUnreachable
            or RejectionReason.UpstreamTimeout
            or RejectionReason.UpstreamBroken
            or RejectionReason.UpstreamFailed
            or RejectionReason.TokenEndpointUnavailable
            or RejectionReason.StorageUnavailable
            or RejectionReason.RefreshInDoubt
            or RejectionReason.NodeLost
            or RejectionReason.ShuttingDown => (own, false, true),
            _ => (own, false, false),
        };

    private static Rejection Failed(string said) => new(RejectionReason.UpstreamFailed, $"{said} {GoOn}", TimeSpan.FromSeconds(1));

    private static Rejection Broken() =>
        new(RejectionReason.UpstreamBroken, $"X did not finish its answer. {GoOn}", TimeSpan.FromSeconds(1));
}

/// <summary>How a media call ended.</summary>
/// <param name="Answer">X's answer, when X has taken it.</param>
/// <param name="Rejection">Else why not.</param>
/// <param name="IsFinal">Whether the upload can come to nothing any more.</param>
/// <param name="WasDoubtful">Whether X may have acted on an earlier attempt.</param>
internal readonly record struct MediaResult(TwitterMediaResponse? Answer, Rejection? Rejection, bool IsFinal, bool WasDoubtful)
{
    /// <summary>X's answer in its own words, if it is a refusal or names no media. Null when X said nothing.</summary>
    public string? Said { get; init; }
}
