using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Grains.Interfaces;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>Step 2 of a request about an upload: whether its client may call media, and which upload it is about.</summary>
public sealed class UploadAccess(
    IClientLimits limits,
    IGrainFactory grains,
    IOptions<MediaOptions> options,
    UploadDrain drain,
    TimeProvider timeProvider
)
{
    private const string Family = "media";
    private const int IdLength = 32;

    /// <summary>The caller, if its client may call media at all.</summary>
    public static Result<UploadCaller> Admit(Caller caller) =>
        caller.Client.AllowsFamily(Family)
            ? new UploadCaller(caller.Session.AccountId, caller.Session.SessionId)
            : new Rejection(
                RejectionReason.EndpointNotAllowed,
                $"The client '{caller.Client.Id}' may not call {Family}: see Clients:{caller.Client.Id}:EndpointFamilies."
            );

    /// <summary>
    /// A request that sends something counts in its client's own limits, as any call; to look how far an upload is costs nothing.
    /// </summary>
    public ValueTask<ClientPermit> AcquireAsync(HttpContext context) =>
        limits.AcquireAsync(context.Caller().Client, context.RequestAborted);

    /// <summary>The upload; null when this is no id that is minted here.</summary>
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

    /// <summary>Bytes that are all here: nothing ends them.</summary>
    internal UploadBody Body(MemoryStream whole) => new(whole, timeProvider, CancellationToken.None, CancellationToken.None);

    internal UploadStream Stream(IMediaUpload upload, UploadCaller caller, string writerId) =>
        new(upload, caller, writerId, options.Value.SegmentsAtOnce);
}
