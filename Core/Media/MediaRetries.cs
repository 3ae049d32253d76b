using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>
/// Sends a media call until X has taken it, refuses it for good, or patience ends. Every media call may be repeated, also when X may have
/// acted on it: a segment keeps its index, and what is initialized twice expires once unused.
/// </summary>
internal sealed class MediaRetries(TimeSpan patience, TimeProvider timeProvider)
{
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
            if (isTaken && TwitterMediaResponse.Of(response) is var answer && (about is null || answer.IsAbout(about)))
                return new(answer, null, IsFinal: true, doubtful);
            var (rejection, isFinal, retry) = Judge(response);
            doubtful |= isTaken || response.Rejection is { Reason: RejectionReason.OutcomeUnknown } || response.Status >= 500;
            var wait = backoff.Next(rejection.RetryAfter);
            if (!retry || timeProvider.GetUtcNow() + wait > deadline)
                return new(null, rejection, isFinal, doubtful);
            await Task.Delay(wait, timeProvider, cancellationToken);
        }
    }

    /// <summary>What an answer that is no success means for the upload.</summary>
    /// <returns>What to tell; whether the upload can come to nothing any more; whether the same call may yet succeed.</returns>
    internal static (Rejection Rejection, bool IsFinal, bool Retry) Judge(ForwardResponse response)
    {
        if (response.Rejection is { } own)
            return JudgeOwn(own);
        var words = TwitterMediaResponse.WordsOf(response) is { } said ? $": {said}" : ".";
        return response.Status switch
        {
            429 => (
                new(
                    RejectionReason.RateLimited,
                    $"X's limit for media is reached{words} Nothing that was acknowledged is lost; go on from Upload-Offset."
                ),
                false,
                true
            ),
            >= 500 => (Trouble($"X answered {response.Status}"), false, true),
            >= 200 and < 300 => (
                Trouble($"X answered {response.Status} and did not say how it is with the media{words.TrimEnd('.')}"),
                false,
                true
            ),
            404 or 410 => (UploadRejections.Forgotten(), true, false),
            400 when words.Contains("not found", StringComparison.OrdinalIgnoreCase) => (UploadRejections.Forgotten(), true, false),
            // A segment that is too large stays so, and one length is for the whole upload.
            413 or 431 => (
                new(
                    RejectionReason.MediaRejected,
                    $"X finds a segment too large ({response.Status}){words} Lower {MediaOptions.Section}:{nameof(MediaOptions.MaxSegmentBytes)} and upload anew."
                ),
                true,
                false
            ),
            // The user or the operator can mend these while the upload lives: a sign-in, credits, a permission.
            401 or 402 or 403 => (new(RejectionReason.MediaRejected, $"X refuses the upload ({response.Status}){words}"), false, false),
            _ => (new(RejectionReason.MediaRejected, $"X refuses the media ({response.Status}){words}"), true, false),
        };
    }

    private static (Rejection Rejection, bool IsFinal, bool Retry) JudgeOwn(Rejection own) =>
        own.Reason switch
        {
            RejectionReason.OutcomeUnknown => (Trouble("X did not finish its answer"), false, true),
            RejectionReason.RateLimited
            or RejectionReason.CircuitOpen
            or RejectionReason.UpstreamUnreachable
            or RejectionReason.UpstreamTimeout
            or RejectionReason.UpstreamBroken
            or RejectionReason.TokenEndpointUnavailable
            or RejectionReason.StorageUnavailable
            or RejectionReason.RefreshInDoubt
            or RejectionReason.NodeLost
            or RejectionReason.ShuttingDown => (own, false, true),
            _ => (own, false, false),
        };

    private static Rejection Trouble(string what) =>
        new(
            RejectionReason.UpstreamBroken,
            $"{what}. Nothing that was acknowledged is lost; go on from Upload-Offset.",
            TimeSpan.FromSeconds(1)
        );
}

/// <summary>How a media call ended.</summary>
/// <param name="Answer">X's answer, when X has taken it.</param>
/// <param name="Rejection">Else why not.</param>
/// <param name="IsFinal">Whether the upload can come to nothing any more.</param>
/// <param name="WasDoubtful">Whether X may have acted on an earlier attempt.</param>
internal readonly record struct MediaResult(TwitterMediaResponse? Answer, Rejection? Rejection, bool IsFinal, bool WasDoubtful);
