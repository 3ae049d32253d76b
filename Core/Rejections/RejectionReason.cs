namespace OrleansTwitterProxy.Core.Rejections;

/// <summary>
/// The reasons for which the proxy itself refuses a call. Status and title are in Api/Errors/ProblemTable.cs, the advice in
/// docs/reference/errors.md. The numbers are part of the wire format: a new reason takes the next free one, and none is ever reused.
/// </summary>
public enum RejectionReason
{
    // The request.
    InvalidRequest = 0,
    NotFound = 1,
    MethodNotAllowed = 2,
    BodyTooLarge = 3,
    UnsupportedMediaType = 4,
    RequestTooSlow = 60,
    IdempotencyKeyReused = 5,
    IdempotencyInProgress = 6,
    InvalidPath = 7,
    PathNotForwarded = 8,

    // Authentication and authorization.
    ApiKeyMissing = 9,
    ApiKeyInvalid = 10,
    AdminKeyInvalid = 11,
    SessionMissing = 12,
    SessionInvalid = 13,
    SessionEnded = 14,
    ReconnectNeeded = 15,
    OriginNotAllowed = 16,
    HostNotAllowed = 55,
    CredentialsThrottled = 56,
    EndpointNotAllowed = 17,
    ScopeMissing = 18,

    // Sign-in.
    ReturnUrlNotAllowed = 19,
    SignInUnknown = 20,
    SignInUsed = 21,
    SignInInterrupted = 22,
    SignInDenied = 23,
    AuthorizationCodeRejected = 24,
    HandoffInvalid = 25,
    VisitNeeded = 65,

    // Managed uploads.
    UploadNotFound = 26,
    UploadGone = 27,
    UploadOffsetMismatch = 28,
    UploadLocked = 29,
    ChecksumMismatch = 30,
    TusVersionUnsupported = 31,
    MediaUnsupported = 32,
    MediaTooLarge = 33,
    MediaInvalid = 34,
    MediaRejected = 35,
    MediaNotReady = 36,
    UploadQuotaReached = 62,

    // Streams.
    StreamInUse = 66,

    // Limits and circuits.
    ClientRateLimited = 37,
    RateLimited = 38,
    UsageCapped = 39,
    CreditsDepleted = 40,
    CircuitOpen = 41,

    // X as a destination.
    UpstreamUnreachable = 42,
    UpstreamTimeout = 43,
    UpstreamBroken = 44,
    UpstreamTooLarge = 45,
    UpstreamRefused = 63,
    UpstreamFailed = 64,
    OutcomeUnknown = 46,
    OutcomeInDoubt = 47,
    TokenEndpointUnavailable = 48,

    // The proxy itself.
    ProxyMisconfigured = 49,
    StorageUnavailable = 50,
    RefreshInDoubt = 51,
    NodeLost = 52,
    ShuttingDown = 53,
    ProxyBusy = 61,
    InternalError = 54,
}
