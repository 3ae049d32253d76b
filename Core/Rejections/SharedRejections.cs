namespace OrleansTwitterProxy.Core.Rejections;

/// <summary>Rejections that more than one part of the proxy gives.</summary>
public static class SharedRejections
{
    /// <summary>The proxy's own storage does not answer. May be repeated after 1 s.</summary>
    /// <param name="effect">What became of the call, as the beginning of a sentence without its full stop.</param>
    public static Rejection StorageUnavailable(string effect = "Nothing was lost") =>
        new(RejectionReason.StorageUnavailable, $"The proxy's storage does not answer. {effect}; call again.", TimeSpan.FromSeconds(1));

    public static Rejection SignInUnknown() => new(RejectionReason.SignInUnknown, "This sign-in is unknown or has expired. Start again.");

    public static Rejection HandoffInvalid() =>
        new(
            RejectionReason.HandoffInvalid,
            "This hand-over code is unknown, used, expired, or issued to another client. Start the sign-in again."
        );

    public static Rejection UnreadableTokens() =>
        new(
            RejectionReason.ProxyMisconfigured,
            "The keys that encrypt this account's tokens cannot be found. The operator must restore the key ring."
        );

    /// <param name="why">How it ended, as a sentence; null when that is not known any more.</param>
    public static Rejection SessionEnded(string? why = null) =>
        new(RejectionReason.SessionEnded, $"{why ?? "This session was signed out, or it has expired."} Sign in again.");

    /// <summary>The circuit refused a call: X is failing, or an operator has isolated it.</summary>
    public static Rejection CircuitOpen(string circuit, TimeSpan? retryAfter)
    {
        var what = circuit == Circuit.CircuitOptions.Overall ? "all endpoints" : circuit;
        return retryAfter is { } after
            ? new(RejectionReason.CircuitOpen, $"The circuit for {what} is open: X is failing. The call was not sent.", after)
            : new(RejectionReason.CircuitOpen, $"An operator has isolated the circuit for {what}. The call was not sent.");
    }
}
