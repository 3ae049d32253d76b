using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>Refusals that more than one part of an upload gives.</summary>
internal static class UploadRejections
{
    public static Rejection NotFound() =>
        new(RejectionReason.UploadNotFound, "This account has no such upload. It may have expired, or been terminated.");

    public static Rejection Forgotten() =>
        new(RejectionReason.UploadGone, "X has forgotten the upload, or the proxy has: begin a new one.");

    /// <param name="mediaId">X's id of the media.</param>
    /// <param name="why">In X's words, a sentence.</param>
    public static Rejection InDoubt(string mediaId, string why) =>
        new(
            RejectionReason.OutcomeUnknown,
            $"{why} X may have the media all the same. Attach {mediaId} to a post to find out, or begin a new upload."
        );
}
