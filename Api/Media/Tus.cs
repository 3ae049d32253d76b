using System.Globalization;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Media;

/// <summary>
/// The headers of tus 1.0 (https://tus.io/protocols/resumable-upload). Not from a library: tus server libraries store the bytes they
/// receive, and the proxy sends them on to X.
/// </summary>
internal static class Tus
{
    public const string Version = "1.0.0";
    public const string Extensions = "creation,creation-with-upload,expiration,termination,checksum";
    public const string BytesType = "application/offset+octet-stream";

    public const string Resumable = "Tus-Resumable";
    public const string UploadLength = "Upload-Length";
    public const string UploadOffset = "Upload-Offset";
    public const string UploadExpires = "Upload-Expires";
    public const string UploadMetadata = "Upload-Metadata";
    public const string UploadChecksum = "Upload-Checksum";

    /// <summary>The request headers that CORS must allow.</summary>
    public static readonly string[] RequestHeaders =
    [
        Resumable,
        UploadLength,
        UploadOffset,
        UploadMetadata,
        UploadChecksum,
        "X-HTTP-Method-Override",
        "X-Requested-With",
        "Last-Event-ID",
    ];

    /// <summary>The response headers that CORS must expose; Location is exposed for all routes.</summary>
    public static readonly string[] ResponseHeaders =
    [
        Resumable,
        "Tus-Version",
        "Tus-Extension",
        "Tus-Max-Size",
        "Tus-Checksum-Algorithm",
        UploadLength,
        UploadOffset,
        UploadExpires,
        UploadMetadata,
    ];

    /// <summary>
    /// Checks and sends the tus version on every <see cref="TusRoute"/>. Runs before authentication, because a 401 must name the version
    /// too.
    /// </summary>
    public static void UseTusVersion(this WebApplication app) =>
        app.Use(
            static (context, next) =>
                context.GetEndpoint()?.Metadata.GetMetadata<TusRoute>() is null ? next(context) : RequireVersionAsync(context, next)
        );

    private static Task RequireVersionAsync(HttpContext context, RequestDelegate next)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers[Resumable] = Version;
        if (HttpMethods.IsOptions(request.Method) || request.Headers[Resumable] == Version)
            return next(context);
        response.Headers["Tus-Version"] = Version;
        return Problems.WriteAsync(
            context,
            new(RejectionReason.TusVersionUnsupported, $"Unsupported tus version. Send '{Resumable}: {Version}'.")
        );
    }

    /// <summary>The supported features, for OPTIONS.</summary>
    public static void Describe(HttpResponse response, long maxBytes)
    {
        response.Headers["Tus-Version"] = Version;
        response.Headers["Tus-Extension"] = Extensions;
        response.Headers["Tus-Max-Size"] = maxBytes.ToString(CultureInfo.InvariantCulture);
        response.Headers["Tus-Checksum-Algorithm"] = Checksum.Algorithms;
    }

    public static void WriteOffset(HttpResponse response, UploadSnapshot upload)
    {
        response.Headers[UploadOffset] = upload.Offset.ToString(CultureInfo.InvariantCulture);
        // RFC 9110 section 5.6.7.
        response.Headers[UploadExpires] = upload.ExpiresAt.ToUniversalTime().ToString("r", CultureInfo.InvariantCulture);
    }

    /// <summary>Reads a header with a number of bytes; null when it is missing or invalid.</summary>
    public static long? BytesOf(HttpRequest request, string header) =>
        long.TryParse(request.Headers[header].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;
}

/// <summary>Endpoint metadata: a tus route.</summary>
internal sealed class TusRoute;
