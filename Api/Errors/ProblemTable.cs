using System.Collections.Frozen;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Errors;

/// <summary>
/// The error table: status, title and retryability of every rejection. docs/reference/errors.md documents it; a test compares the two.
/// </summary>
public static class ProblemTable
{
    private static readonly FrozenDictionary<RejectionReason, ProblemRow> Rows = new Dictionary<RejectionReason, ProblemRow>
    {
        [RejectionReason.InvalidRequest] = new(400, "The request is not valid", Retryable: false),
        [RejectionReason.NotFound] = new(404, "No such route", Retryable: false),
        [RejectionReason.MethodNotAllowed] = new(405, "The route does not allow this method", Retryable: false),
        [RejectionReason.BodyTooLarge] = new(413, "The body is too large", Retryable: false),
        [RejectionReason.UnsupportedMediaType] = new(415, "The body has the wrong media type", Retryable: false),
        [RejectionReason.RequestTooSlow] = new(408, "The body came too slowly", Retryable: true),
        [RejectionReason.IdempotencyKeyReused] = new(422, "The idempotency key was used for another request", Retryable: false),
        [RejectionReason.IdempotencyInProgress] = new(409, "The first request with this key is in progress", Retryable: true),
        [RejectionReason.InvalidPath] = new(400, "The path is not normalised", Retryable: false),
        [RejectionReason.PathNotForwarded] = new(403, "The proxy does not forward this path", Retryable: false),
        [RejectionReason.ApiKeyMissing] = new(401, "An API key is needed", Retryable: false),
        [RejectionReason.ApiKeyInvalid] = new(401, "The API key is not valid", Retryable: false),
        [RejectionReason.AdminKeyInvalid] = new(401, "An admin key is needed", Retryable: false),
        [RejectionReason.SessionMissing] = new(401, "A session token is needed", Retryable: false),
        [RejectionReason.SessionInvalid] = new(401, "The session token is not valid", Retryable: false),
        [RejectionReason.SessionEnded] = new(401, "The session has ended", Retryable: false),
        [RejectionReason.ReconnectNeeded] = new(401, "The user must sign in again", Retryable: false),
        [RejectionReason.OriginNotAllowed] = new(403, "The origin is not allowed", Retryable: false),
        [RejectionReason.HostNotAllowed] = new(421, "The request is for another host", Retryable: false),
        [RejectionReason.CredentialsThrottled] = new(429, "Too many invalid keys or tokens", Retryable: false),
        [RejectionReason.EndpointNotAllowed] = new(403, "The client may not call this endpoint", Retryable: false),
        [RejectionReason.ScopeMissing] = new(403, "A scope is missing", Retryable: false),
        [RejectionReason.ReturnUrlNotAllowed] = new(400, "The return URL is not registered", Retryable: false),
        [RejectionReason.SignInUnknown] = new(400, "The sign-in is not known", Retryable: false),
        [RejectionReason.SignInUsed] = new(409, "The sign-in is over", Retryable: false),
        [RejectionReason.SignInInterrupted] = new(409, "The sign-in was interrupted", Retryable: false),
        [RejectionReason.SignInDenied] = new(403, "The sign-in was denied", Retryable: false),
        [RejectionReason.AuthorizationCodeRejected] = new(400, "X refused the authorization code", Retryable: false),
        [RejectionReason.HandoffInvalid] = new(400, "The hand-over code is not valid", Retryable: false),
        [RejectionReason.VisitNeeded] = new(503, "The user's browser must open this", Retryable: true),
        [RejectionReason.ClientRateLimited] = new(429, "The client's own limit is reached", Retryable: true),
        [RejectionReason.UploadNotFound] = new(404, "No such upload", Retryable: false),
        [RejectionReason.UploadGone] = new(410, "The upload is gone", Retryable: false),
        [RejectionReason.UploadOffsetMismatch] = new(409, "The upload has another offset", Retryable: true),
        [RejectionReason.UploadLocked] = new(423, "Another request writes to the upload", Retryable: true),
        [RejectionReason.ChecksumMismatch] = new(460, "The checksum does not match", Retryable: true),
        [RejectionReason.TusVersionUnsupported] = new(412, "The tus version is not supported", Retryable: false),
        [RejectionReason.MediaUnsupported] = new(415, "X does not accept this media type", Retryable: false),
        [RejectionReason.MediaTooLarge] = new(413, "The media is too large", Retryable: false),
        [RejectionReason.MediaInvalid] = new(422, "X does not accept media like this", Retryable: false),
        [RejectionReason.MediaRejected] = new(422, "X rejected the media", Retryable: false),
        [RejectionReason.MediaNotReady] = new(409, "The media is not ready", Retryable: true),
        [RejectionReason.UploadQuotaReached] = new(429, "Too many unfinished uploads", Retryable: true),
        [RejectionReason.StreamInUse] = new(409, "The stream is open with other parameters", Retryable: true),
        [RejectionReason.RateLimited] = new(429, "X's rate limit is reached", Retryable: true),
        [RejectionReason.UsageCapped] = new(429, "X's usage cap is reached", Retryable: false),
        [RejectionReason.CreditsDepleted] = new(402, "The X app has no credits left", Retryable: false),
        [RejectionReason.CircuitOpen] = new(503, "X is failing", Retryable: true),
        [RejectionReason.UpstreamUnreachable] = new(502, "X cannot be reached", Retryable: true),
        [RejectionReason.UpstreamTimeout] = new(504, "X did not answer in time", Retryable: true),
        [RejectionReason.UpstreamBroken] = new(502, "X's response broke off", Retryable: true),
        [RejectionReason.UpstreamTooLarge] = new(502, "X's response is too large", Retryable: false),
        [RejectionReason.UpstreamRefused] = new(403, "X refuses this", Retryable: false),
        [RejectionReason.UpstreamFailed] = new(502, "X failed", Retryable: true),
        [RejectionReason.OutcomeUnknown] = new(504, "X may or may not have acted", Retryable: false),
        [RejectionReason.OutcomeInDoubt] = new(504, "It is not yet known whether X has acted", Retryable: true),
        [RejectionReason.TokenEndpointUnavailable] = new(503, "X's token endpoint does not answer", Retryable: true),
        [RejectionReason.ProxyMisconfigured] = new(500, "The proxy is not configured correctly", Retryable: false),
        [RejectionReason.StorageUnavailable] = new(503, "The proxy's storage does not answer", Retryable: true),
        [RejectionReason.RefreshInDoubt] = new(503, "The token is being refreshed elsewhere", Retryable: true),
        [RejectionReason.NodeLost] = new(503, "The node that served the account was lost", Retryable: true),
        [RejectionReason.ShuttingDown] = new(503, "The proxy is stopping", Retryable: true),
        [RejectionReason.ProxyBusy] = new(503, "The proxy is busy", Retryable: true),
        [RejectionReason.InternalError] = new(500, "The proxy failed", Retryable: false),
    }.ToFrozenDictionary();

    /// <summary>The row of a reason. A reason that only a newer process knows gets the row of InternalError.</summary>
    public static ProblemRow Of(RejectionReason reason) =>
        Rows.TryGetValue(reason, out var row) ? row : Rows[RejectionReason.InternalError];
}

/// <summary>One row of the table.</summary>
/// <param name="Status">HTTP status code.</param>
/// <param name="Title">The same for every occurrence (RFC 9457 section 3.1.3).</param>
/// <param name="Retryable">Whether the same call, sent again later, can succeed.</param>
public readonly record struct ProblemRow(int Status, string Title, bool Retryable);
