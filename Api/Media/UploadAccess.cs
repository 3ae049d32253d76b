using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>Step 2 of a request about an upload: checks that the client may call media, and finds the upload.</summary>
public sealed class UploadAccess(
    ClientStreams streams,
    IGrainFactory grains,
    IOptions<MediaOptions> options,
    UploadDrain drain,
    BodyBudget budget,
    TimeProvider timeProvider
)
{
    private const string Family = "media";
    private const int IdLength = 32;

    /// <summary>The caller, if its client may call media.</summary>
    public static Result<UploadCaller> Admit(Caller caller) =>
        caller.Client.AllowsFamily(Family)
            ? new UploadCaller(caller.Session.AccountId, caller.Session.SessionId)
            : new Rejection(
                RejectionReason.EndpointNotAllowed,
                $"The client '{caller.Client.Id}' may not call {Family}: see Clients:{caller.Client.Id}:EndpointFamilies."
            );

    /// <summary>Takes a place among the client's streams and waits; to be disposed of when it has ended.</summary>
    /// <returns>Null, or ClientRateLimited.</returns>
    public Rejection? OpenStream(HttpContext context, out IDisposable place) => streams.Open(context.Caller().Client, out place);

    /// <summary>The upload; null when the id does not have the proxy's format.</summary>
    public IMediaUpload? Find(string id) => id.Length == IdLength && id.All(char.IsAsciiHexDigitLower) ? grains.Upload(id) : null;

    /// <summary>Caller and upload.</summary>
    public (UploadCaller? Caller, IMediaUpload? Upload, Rejection? Rejection) Find(string id, HttpContext context)
    {
        var (caller, rejection) = Admit(context.Caller());
        if (rejection is not null)
            return (null, null, rejection);
        return Find(id) is { } upload
            ? (caller, upload, null)
            : (null, null, new(RejectionReason.UploadNotFound, "This is not the id of an upload."));
    }

    internal UploadBody Body(Stream bytes, CancellationToken aborted) => new(bytes, timeProvider, drain.Over, aborted);

    /// <summary>A body that is already complete: nothing cancels it.</summary>
    internal UploadBody Body(MemoryStream whole) => new(whole, timeProvider, CancellationToken.None, CancellationToken.None);

    internal UploadStream Stream(IMediaUpload upload, UploadCaller caller, string writerId) =>
        new(upload, caller, writerId, options.Value.SegmentsAtOnce, budget);

    internal UploadTakeOver Watch(IMediaUpload upload, UploadCaller caller, string writerId, CancellationToken aborted) =>
        new(upload, caller, writerId, timeProvider, aborted);

    /// <summary>Memory for a body whose checksum is verified.</summary>
    internal BodyBuffer WholeBody() => new(budget, Checksum.MaxBytes + 1);
}
