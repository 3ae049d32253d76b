using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Engine;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>Steps 1 and 2 of a request about an upload: whose it is, and which upload.</summary>
public sealed class UploadDesk(CallerCheck callers, IClientLimits limits, IEngine engine, IOptions<MediaOptions> options, LastCall lastCall, TimeProvider timeProvider)
{
    private const string Family = "media";
    private const int IdLength = 32;

    /// <summary>The caller, if its client may call media at all.</summary>
    public Answer<UploadCaller> Admit(HttpRequest request)
    {
        var (caller, rejection) = callers.Session(request);
        if (rejection is not null) return rejection;
        return caller!.Client.AllowsFamily(Family)
            ? new UploadCaller(caller.Session.AccountId, caller.Session.SessionId)
            : new Rejection(RejectionReason.EndpointNotAllowed, $"The client '{caller.Client.Id}' may not call {Family}: see Clients:{caller.Client.Id}:EndpointFamilies.");
    }

    /// <summary>A request that sends something counts in its client's own limits, as any call; to look how far an upload is costs nothing.</summary>
    public async ValueTask<ClientPermit> AcquireAsync(HttpRequest request)
    {
        var (caller, rejection) = callers.Session(request);
        return rejection is not null ? new(rejection, null) : await limits.AcquireAsync(caller!.Client, request.HttpContext.RequestAborted);
    }

    /// <summary>The upload; null when this is no id that is minted here.</summary>
    public IMediaUpload? Find(string id) => id.Length == IdLength && id.All(char.IsAsciiHexDigitLower) ? engine.Upload(id) : null;

    /// <summary>Caller and upload.</summary>
    public (UploadCaller? Caller, IMediaUpload? Upload, Rejection? Rejection) Find(string id, HttpRequest request)
    {
        var (caller, rejection) = Admit(request);
        if (rejection is not null) return (null, null, rejection);
        return Find(id) is { } upload ? (caller, upload, null) : (null, null, new(RejectionReason.UploadNotFound, "This is not the id of an upload."));
    }

    internal UploadBody Body(Stream bytes, CancellationToken aborted) => new(bytes, timeProvider, lastCall.Over, aborted);

    /// <summary>Bytes that are all here: nothing ends them.</summary>
    internal UploadBody Body(MemoryStream whole) => new(whole, timeProvider, CancellationToken.None, CancellationToken.None);

    internal UploadStream Stream(IMediaUpload upload, UploadCaller caller, string writerId) => new(upload, caller, writerId, options.Value.SegmentsAtOnce);
}
