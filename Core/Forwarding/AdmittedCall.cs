using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>A call that its caller may make: what the later steps work on.</summary>
/// <param name="Request">As the front end sent it.</param>
/// <param name="Endpoint">Where it goes.</param>
/// <param name="ClientId">The application it comes from.</param>
/// <param name="IsShared">Whether other applications use the account, or the app's token, too.</param>
internal sealed record AdmittedCall(ForwardRequest Request, Endpoint Endpoint, string ClientId, bool IsShared = false)
{
    /// <summary>Whether it goes with the app's own token, and draws on the app's windows.</summary>
    public bool IsAppOnly { get; init; }

    /// <summary>When its session ends, as far as is known: it does not wait beyond.</summary>
    public DateTimeOffset SessionEndsAt { get; init; } = DateTimeOffset.MaxValue;
}
