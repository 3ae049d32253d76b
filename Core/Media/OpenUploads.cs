using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>The rule of a quota, for whoever keeps the list.</summary>
public static class OpenUploads
{
    private const int Named = 3; // uploads that a refusal names

    /// <param name="open">The unfinished uploads so far.</param>
    /// <param name="reservation">One more.</param>
    /// <param name="owner">Whose they are, as the beginning of a sentence: <c>This account</c>.</param>
    /// <param name="settings">Of the two bounds, for the message.</param>
    /// <param name="now">Those that have expired are dropped.</param>
    /// <returns>The list with this one in it, or UploadQuotaReached.</returns>
    public static Result<OpenUpload[]> Add(
        IEnumerable<OpenUpload> open,
        UploadReservation reservation,
        string owner,
        string settings,
        DateTimeOffset now
    )
    {
        var upload = reservation.Upload;
        OpenUpload[] others = [.. open.Where(other => other.Id != upload.Id && other.ExpiresAt > now)];
        var bytes = others.Sum(other => other.Bytes);
        if (others.Length < reservation.MaxUploads && upload.Bytes <= reservation.MaxBytes - bytes)
            return (OpenUpload[])[.. others, upload];
        // Another client's are none of its business.
        string[] own = [.. others.Where(other => other.ClientId == upload.ClientId).Select(other => other.Id).Take(Named)];
        var advice =
            own.Length > 0
                ? $"Finish one, or free one with DELETE /v1/media/ID: {string.Join(", ", own)}."
                : "Other clients hold them; they expire by themselves.";
        return new Rejection(
            RejectionReason.UploadQuotaReached,
            $"{owner} has {others.Length} unfinished uploads of {bytes} bytes, and may have {reservation.MaxUploads} of {reservation.MaxBytes} ({settings}). {advice}"
        );
    }
}
