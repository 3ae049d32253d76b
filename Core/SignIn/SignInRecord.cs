namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>The saved state of a pending authorization. Immutable; each stage is saved before the step that it announces.</summary>
public sealed record SignInRecord
{
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    public required SignInRequest Request { get; init; }

    /// <summary>The PKCE code verifier (RFC 7636), encrypted.</summary>
    public required string CodeVerifier { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public SignInStage Stage { get; init; } = SignInStage.Pending;

    /// <summary>
    /// The process that completes the sign-in; set from <see cref="SignInStage.Exchanging"/> on. If another process finds it, its owner has
    /// crashed.
    /// </summary>
    public string? Owner { get; init; }

    /// <summary>
    /// SHA-256 of X's authorization code, Base64; set with <see cref="SignInStage.Exchanging"/>. An interrupted sign-in can be resumed only
    /// with this code.
    /// </summary>
    public string? CodeHash { get; init; }

    /// <summary>Set from <see cref="SignInStage.Opening"/> on.</summary>
    public OpenedSession? Session { get; init; }

    /// <summary>
    /// SHA-256 of the hand-over code's secret, Base64; set with <see cref="SignInStage.Completed"/> when there is a return URL.
    /// </summary>
    public string? HandoffHash { get; init; }

    /// <summary>
    /// Set from <see cref="SignInStage.Opening"/> on: when the session ends unless it is handed over, and with it the hand-over code.
    /// </summary>
    public DateTimeOffset? HandoffExpiresAt { get; init; }
}

/// <summary>The stages of a sign-in. If another process finds Exchanging or Opening, the owner crashed at that step.</summary>
public enum SignInStage
{
    /// <summary>Waits for the user.</summary>
    Pending,

    /// <summary>The state is used; the code is being exchanged at X.</summary>
    Exchanging,

    /// <summary>The tokens were received; the session is being opened.</summary>
    Opening,

    /// <summary>The session is open; with a return URL, the hand-over code can be exchanged.</summary>
    Completed,

    /// <summary>The hand-over code is used.</summary>
    HandedOver,

    /// <summary>Denied, or refused by X.</summary>
    Failed,
}
