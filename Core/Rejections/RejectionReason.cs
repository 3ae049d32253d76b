namespace OrleansTwitterProxy.Core.Rejections;

/// <summary>Every refusal the proxy itself can give. Status, title and advice for each stand in Api/Errors/ProblemTable.cs.</summary>
public enum RejectionReason
{
    // What the caller sent.
    InvalidRequest,
    NotFound,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedMediaType,
    IdempotencyKeyReused,
    IdempotencyInProgress,
    InvalidPath,
    PathNotForwarded,

    // Who the caller is.
    ApiKeyMissing,
    ApiKeyInvalid,
    AdminKeyInvalid,
    SessionMissing,
    SessionInvalid,
    SessionEnded,
    ReconnectNeeded,
    OriginNotAllowed,
    EndpointNotAllowed,
    ScopeMissing,

    // Signing in.
    ReturnUrlNotAllowed,
    SignInUnknown,
    SignInUsed,
    SignInInterrupted,
    SignInDenied,
    AuthorizationCodeRejected,
    HandoffInvalid,

    // Managed uploads.
    UploadNotFound,
    UploadGone,
    UploadOffsetMismatch,
    UploadLocked,
    ChecksumMismatch,
    TusVersionUnsupported,
    MediaUnsupported,
    MediaTooLarge,
    MediaInvalid,
    MediaRejected,
    MediaNotReady,

    // Limits and X's health.
    ClientRateLimited,
    RateLimited,
    UsageCapped,
    CreditsDepleted,
    CircuitOpen,

    // X, as a destination.
    UpstreamUnreachable,
    UpstreamTimeout,
    UpstreamBroken,
    UpstreamTooLarge,
    OutcomeUnknown,
    OutcomeInDoubt,
    TokenEndpointUnavailable,

    // Ourselves.
    ProxyMisconfigured,
    StorageUnavailable,
    RefreshInDoubt,
    NodeLost,
    ShuttingDown,
    InternalError,
}
