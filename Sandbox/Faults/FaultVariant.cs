namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's error responses by name; over HTTP in snake_case.</summary>
public enum FaultVariant
{
    /// <summary>401: the access token is unknown, expired or revoked.</summary>
    Unauthorized,

    /// <summary>402 with title CreditsDepleted and the account's id.</summary>
    CreditsDepleted,

    /// <summary>402 with title "Payment Required".</summary>
    PaymentRequired,

    /// <summary>403 with only "Forbidden".</summary>
    Forbidden,

    /// <summary>403 by policy: for a reply to an author who did not engage first, a quote or a like.</summary>
    Policy,

    /// <summary>403 for a text posted before.</summary>
    Duplicate,

    /// <summary>403 for a token that lacks a scope.</summary>
    MissingScope,

    /// <summary>403 client-forbidden, reason client-not-enrolled.</summary>
    ClientForbidden,

    /// <summary>403 unsupported-authentication: the wrong kind of token.</summary>
    UnsupportedAuthentication,

    /// <summary>403 not-authorized-for-resource.</summary>
    NotAuthorizedForResource,

    /// <summary>400 invalid-request.</summary>
    InvalidRequest,

    /// <summary>200 with only an error: one missing post.</summary>
    NotFoundPartial,

    /// <summary>404 without a body.</summary>
    NotFound,

    /// <summary>429 in the v2 form, remaining 0.</summary>
    RateLimited,

    /// <summary>429 in the old form with code 88, remaining 0.</summary>
    RateLimitedLegacy,

    /// <summary>429 for the monthly cap; the rate headers still show remaining calls.</summary>
    UsageCapped,

    /// <summary>429 for a second stream connection.</summary>
    TooManyConnections,

    /// <summary>500 as JSON.</summary>
    ServerErrorJson,

    /// <summary>503 as JSON.</summary>
    UnavailableJson,

    /// <summary>502 as an HTML page of the edge.</summary>
    Html,

    /// <summary>503 without a body.</summary>
    Empty,

    /// <summary>524 as an HTML page of the edge, which has not reached X in time.</summary>
    EdgeTimeout,

    /// <summary>403 as an HTML page of the edge, which does not let the caller through.</summary>
    EdgeForbidden,

    /// <summary>308 to another address: this is not X's API.</summary>
    Redirect,

    /// <summary>408 without a body.</summary>
    RequestTimeout,

    /// <summary>Token endpoint, 400: the refresh token is spent, revoked or expired.</summary>
    TokenInvalid,

    /// <summary>Token endpoint, 400: the authorization code is expired or used.</summary>
    CodeInvalid,

    /// <summary>Token endpoint, 400: client_id is missing.</summary>
    MissingClientId,

    /// <summary>Token endpoint, 401: wrong or missing Basic header. A fault of the proxy's configuration, not of the grant.</summary>
    UnauthorizedClient,

    /// <summary>Token endpoint, 401: unknown client id.</summary>
    InvalidClient,

    /// <summary>Token endpoint, 400 invalid_grant.</summary>
    InvalidGrant,
}
