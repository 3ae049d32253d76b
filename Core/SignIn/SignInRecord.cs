namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>What a pending authorization keeps. Immutable; each stage is saved before the step it announces.</summary>
public sealed record SignInRecord
{
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    public required SignInRequest Request { get; init; }

    /// <summary>PKCE's secret half (RFC 7636), encrypted.</summary>
    public required string CodeVerifier { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public SignInStage Stage { get; init; } = SignInStage.Pending;

    /// <summary>
    /// The process that completes the sign-in; set from <see cref="SignInStage.Exchanging"/> on. Another one finding it here knows of a
    /// crash.
    /// </summary>
    public string? Owner { get; init; }

    /// <summary>
    /// SHA-256 of X's authorization code, Base64; set with <see cref="SignInStage.Exchanging"/>. Only who holds the code may take up a
    /// sign-in that was cut off.
    /// </summary>
    public string? CodeHash { get; init; }

    /// <summary>Set from <see cref="SignInStage.Opening"/> on.</summary>
    public OpenedSession? Session { get; init; }

    /// <summary>
    /// SHA-256 of the hand-over code's secret, Base64; set with <see cref="SignInStage.Completed"/> when there is a return URL.
    /// </summary>
    public string? HandoffHash { get; init; }

    public DateTimeOffset? HandoffExpiresAt { get; init; }
}

/// <summary>The steps of a sign-in. A record found in Exchanging or Opening by another process tells of a crash there.</summary>
public enum SignInStage
{
    /// <summary>Waits for the user.</summary>
    Pending,

    /// <summary>The state is spent; the code is being traded at X.</summary>
    Exchanging,

    /// <summary>The tokens are there; the session is being opened.</summary>
    Opening,

    /// <summary>The session is open; with a return URL, its hand-over code waits.</summary>
    Completed,

    /// <summary>The hand-over code is spent.</summary>
    HandedOver,

    /// <summary>Denied, or refused by X.</summary>
    Failed,
}
