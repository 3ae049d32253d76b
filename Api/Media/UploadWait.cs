using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// Waits for an upload, until the process begins to stop. Otherwise waiting calls would delay the stop until all connections are aborted.
/// </summary>
internal static class UploadWait
{
    /// <summary>
    /// As <see cref="IMediaUpload.WaitForProgressAsync"/>, but returns ShuttingDown when the process stops before the upload has ended.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller has hung up.</exception>
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
            cancellationToken.ThrowIfCancellationRequested(); // an answer would make a loop around this ask again, at once
            if (!stopping.IsCancellationRequested)
                return answer;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Orleans cancels the call with this token; the call would otherwise go on waiting.
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
