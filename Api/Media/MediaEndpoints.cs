using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>Managed uploads: tus 1.0 to send, JSON to follow the progress.</summary>
public static class MediaEndpoints
{
    private const string Root = "/v1/media";

    public static void MapMedia(this IEndpointRouteBuilder routes)
    {
        var media = routes.MapGroup(Root).WithTags("Media").RequireAuthorization(ProxyPolicies.Session);
        media.MapGet("/{id}", GetProgressAsync).WithSummary("Progress of an upload").Produces<UploadProgress>();
        media
            .MapGet("/{id}/events", ProgressEvents.StreamAsync)
            .WithSummary("Progress of an upload as it changes: server-sent events")
            .Produces<UploadProgress>(StatusCodes.Status200OK, "text/event-stream");

        var tus = media.MapGroup("").WithMetadata(new TusRoute(), new DisableRequestSizeLimitAttribute());
        tus.MapMethods("", [HttpMethods.Options], Describe)
            .AllowAnonymous()
            .WithSummary("Supported upload features (tus)")
            .Produces(StatusCodes.Status204NoContent);
        tus.MapMethods("/{id}", [HttpMethods.Options], (string id, HttpResponse response, IOptions<MediaOptions> options) =>
                Describe(response, options)
            )
            .AllowAnonymous()
            .WithSummary("Supported upload features (tus)")
            .Produces(StatusCodes.Status204NoContent);
        tus.MapPost("", CreateAsync).WithSummary("Begin an upload (tus creation)").Produces(StatusCodes.Status201Created);
        tus.MapMethods("/{id}", [HttpMethods.Head], HeadAsync)
            .WithSummary("Current offset of an upload (tus)")
            .Produces(StatusCodes.Status200OK);
        tus.MapPatch("/{id}", PatchAsync).WithSummary("Send bytes (tus)").Produces(StatusCodes.Status204NoContent);
        tus.MapDelete("/{id}", DeleteAsync).WithSummary("Delete an upload (tus termination)").Produces(StatusCodes.Status204NoContent);
        // For clients whose environment does not let these methods pass.
        tus.MapPost("/{id}", (string id, HttpContext context, UploadAccess desk) =>
                context.Request.Headers["X-HTTP-Method-Override"].ToString() switch
                {
                    "HEAD" => HeadAsync(id, context, desk),
                    "PATCH" => PatchAsync(id, context, desk),
                    "DELETE" => DeleteAsync(id, context, desk),
                    _ => Task.FromResult<IResult>(NotByPost(context)),
                }
            )
            .WithSummary("HEAD, PATCH or DELETE, as X-HTTP-Method-Override says (tus)")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static NoContent Describe(HttpResponse response, IOptions<MediaOptions> options)
    {
        Tus.Describe(response, options.Value.MaxBytes);
        return TypedResults.NoContent();
    }

    private static ProblemResult NotByPost(HttpContext context)
    {
        context.Response.Headers.Allow = "DELETE, GET, HEAD, OPTIONS, PATCH";
        return new ProblemResult(new(RejectionReason.MethodNotAllowed, $"{context.Request.Path} allows {context.Response.Headers.Allow}."));
    }

    private static async Task<IResult> CreateAsync(HttpContext context, UploadAccess desk)
    {
        var (request, response) = (context.Request, context.Response);
        var (caller, refusal) = UploadAccess.Admit(context.Caller());
        if (refusal is not null)
            return new ProblemResult(refusal);
        if (Tus.BytesOf(request, Tus.UploadLength) is not { } length)
            return ProblemResult.Invalid(Tus.UploadLength, "send the upload's size in bytes; it cannot be deferred.");
        var header = request.Headers[Tus.UploadMetadata].ToString();
        if (UploadMetadata.Parse(header) is not { } metadata)
            return ProblemResult.Invalid(
                Tus.UploadMetadata,
                $"send 'KEY BASE64' pairs, separated by commas, {UploadMetadata.MaxLength} characters at most."
            );
        if (metadata.MediaType is not { } mediaType)
            return ProblemResult.Invalid(Tus.UploadMetadata, "send the media type as 'filetype', such as video/mp4.");
        // X does not say how it counts its 1000: what any counting allows is for X to judge.
        if (metadata.AltText is { } text && new StringInfo(text).LengthInTextElements > UploadMetadata.MaxAltText)
            return ProblemResult.Invalid(Tus.UploadMetadata, $"alt_text may have up to {UploadMetadata.MaxAltText} characters.");
        if (WithBytes(request) && !HasBytesType(request))
            return WrongType();

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var upload = desk.Find(id)!;
        var begun = await upload.CreateAsync(
            new()
            {
                Caller = caller!,
                TotalBytes = length,
                MediaType = mediaType,
                Category = metadata.Category,
                AltText = metadata.AltText,
                Metadata = header,
                ClientId = context.Caller().Client.Id,
            },
            context.RequestAborted
        );
        if (begun.Rejection is not null)
            return new ProblemResult(begun.Rejection);
        // From here on the upload exists, even if its first bytes fail. The URL is relative, because a proxy in front may change the host.
        response.Headers.Location = $"{Root}/{id}";
        var latest = begun.Value!;
        if (WithBytes(request))
        {
            // A retryable rejection is not returned: the upload exists, and the client continues at its offset.
            var (answer, brokeOff) = await ReceiveAsync(context, desk, upload, caller!, 0);
            if (brokeOff)
                return new Abort();
            if (answer.Rejection is { } rejection && !ProblemTable.Of(rejection.Reason).Retryable)
                return new ProblemResult(rejection);
            latest = answer.Value ?? (await upload.GetProgressAsync(caller!, context.RequestAborted)).Value ?? latest;
        }

        Tus.WriteOffset(response, latest);
        return TypedResults.StatusCode(StatusCodes.Status201Created);
    }

    private static async Task<IResult> HeadAsync(string id, HttpContext context, UploadAccess desk)
    {
        var (caller, upload, refusal) = desk.Find(id, context);
        if (refusal is not null)
            return new ProblemResult(refusal);
        var (snapshot, rejection) = await SettleAsync(upload!, caller!, context.RequestAborted);
        // A client that returns to a failed upload must begin a new one.
        if ((rejection ?? (snapshot!.State is UploadState.Failed ? snapshot.Error : null)) is { } failed)
            return new ProblemResult(failed);
        var headers = context.Response.Headers;
        Tus.WriteOffset(context.Response, snapshot!);
        headers[Tus.UploadLength] = snapshot!.BytesTotal.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (snapshot.Metadata.Length > 0)
            headers[Tus.UploadMetadata] = snapshot.Metadata;
        return TypedResults.Ok();
    }

    private static async Task<IResult> PatchAsync(string id, HttpContext context, UploadAccess desk)
    {
        var (caller, upload, refusal) = desk.Find(id, context);
        if (refusal is not null)
            return new ProblemResult(refusal);
        if (!HasBytesType(context.Request))
            return WrongType();
        if (Tus.BytesOf(context.Request, Tus.UploadOffset) is not { } offset)
            return ProblemResult.Invalid(Tus.UploadOffset, "send the offset of these bytes in the upload.");
        var (answer, brokeOff) = await ReceiveAsync(context, desk, upload!, caller!, offset);
        if (brokeOff)
            return new Abort();
        if (answer.Rejection is not null)
            return new ProblemResult(answer.Rejection);
        Tus.WriteOffset(context.Response, answer.Value!);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, UploadAccess desk)
    {
        var (caller, upload, refusal) = desk.Find(id, context);
        if (refusal is not null)
            return new ProblemResult(refusal);
        var rejection = await upload!.TerminateAsync(caller!, context.RequestAborted);
        return rejection is not null ? new ProblemResult(rejection) : TypedResults.NoContent();
    }

    private static async Task<IResult> GetProgressAsync(string id, HttpContext context, UploadAccess desk)
    {
        var (caller, upload, refusal) = desk.Find(id, context);
        if (refusal is not null)
            return new ProblemResult(refusal);
        var (snapshot, rejection) = await upload!.GetProgressAsync(caller!, context.RequestAborted);
        if (rejection is not null)
            return new ProblemResult(rejection);
        return TypedResults.Ok(UploadProgress.Of(id, snapshot!));
    }

    /// <summary>
    /// The offset of an upload once no request writes to it. The caller will continue at this offset, but an earlier request with a broken
    /// connection may still be running. That request is ended first; otherwise it could write what it had buffered after the offset was
    /// reported.
    /// </summary>
    private static async Task<Result<UploadSnapshot>> SettleAsync(
        IMediaUpload upload,
        UploadCaller caller,
        CancellationToken cancellationToken
    )
    {
        var writerId = NewWriterId();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (snapshot, rejection) = await upload.GetProgressAsync(caller, cancellationToken);
            if (rejection is not null)
                return rejection;
            if (snapshot!.State is not UploadState.Receiving)
                return snapshot;
            var settled = await upload.TakeOverAsync(caller, writerId, snapshot.Offset, cancellationToken);
            if (settled.Rejection is not { Reason: RejectionReason.UploadOffsetMismatch })
                return settled;
        }
    }

    private static async Task<(Result<UploadSnapshot> Answer, bool BrokeOff)> ReceiveAsync(
        HttpContext context,
        UploadAccess desk,
        IMediaUpload upload,
        UploadCaller caller,
        long offset
    )
    {
        // A mobile client may be silent for longer than Kestrel's default allows. UploadBody limits the silence, and this rate the whole.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = UploadBody.MinDataRate;
        var writerId = NewWriterId();
        var begun = await upload.TakeOverAsync(caller, writerId, offset, context.RequestAborted);
        if (begun.Rejection is not null)
            return (begun, false);
        if (context.Request.ContentLength > begun.Value!.BytesTotal - offset)
        {
            return (UploadStream.TooMany(begun.Value), false);
        }

        await using var watch = desk.Watch(upload, caller, writerId, context.RequestAborted);
        var received = await ReceiveAsync(context, desk, upload, caller, writerId, begun.Value, watch.Ended);
        if (watch.Rejection is not { } over)
            return received;
        // What its client still sends is not waited for.
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return (over, false);
    }

    private static async Task<(Result<UploadSnapshot> Answer, bool BrokeOff)> ReceiveAsync(
        HttpContext context,
        UploadAccess desk,
        IMediaUpload upload,
        UploadCaller caller,
        string writerId,
        UploadSnapshot begun,
        CancellationToken ended
    )
    {
        var body = desk.Body(context.Request.Body, ended);
        if (!context.Request.Headers.TryGetValue(Tus.UploadChecksum, out var checksum))
            return await desk.Stream(upload, caller, writerId).CopyAsync(begun, body);
        using var memory = desk.WholeBody();
        var (whole, rejection) = await Checksum.VerifyAsync(checksum.ToString(), body, memory);
        if (rejection is not null)
            return (rejection, false);
        return whole is null ? (begun, true) : await desk.Stream(upload, caller, writerId).CopyAsync(begun, desk.Body(whole));
    }

    private static string NewWriterId() => Guid.NewGuid().ToString("N");

    private static bool WithBytes(HttpRequest request) =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && request.ContentLength is not 0;

    private static bool HasBytesType(HttpRequest request) =>
        request.ContentType?.Split(';')[0].Trim().Equals(Tus.BytesType, StringComparison.OrdinalIgnoreCase) is true;

    private static ProblemResult WrongType() =>
        new(new(RejectionReason.UnsupportedMediaType, $"Send bytes with 'Content-Type: {Tus.BytesType}'."));

    /// <summary>Closes the connection without a response: the client is gone or silent. It continues where HEAD says.</summary>
    private sealed class Abort : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Abort();
            return Task.CompletedTask;
        }
    }
}
