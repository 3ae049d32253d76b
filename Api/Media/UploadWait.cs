using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Waiting for an upload. It ends when the process is to stop: who waits would hold the stop up until everybody is broken off.
/// </summary>
internal static class UploadWait
{
    /// <summary>
    /// As <see cref="IMediaUpload.WaitForProgressAsync"/>; once the process stops an upload that has not ended is ShuttingDown.
    /// </summary>
    public static async Task<Result<UploadSnapshot>> WaitUnlessStoppingAsync(
        this IMediaUpload upload,
        UploadCaller caller,
        string knownStamp,
        TimeSpan atMost,
        CancellationToken stopping,
        CancellationToken cancellationToken
    )
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        try
        {
            var answer = await upload.WaitForProgressAsync(caller, knownStamp, atMost, either.Token);
            if (!stopping.IsCancellationRequested)
                return answer;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Orleans ends a call with it that would have gone on waiting.
        }

        var last = await upload.GetProgressAsync(caller, cancellationToken);
        return last.Value is { HasEnded: false }
            ? new Rejection(
                RejectionReason.ShuttingDown,
                "The proxy is stopping, and this call was waiting for an upload. Nothing was posted.",
                TimeSpan.FromSeconds(1)
            )
            : last;
    }
}
