using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Forwarding;

/// <summary>A call whose session is live and has the scopes it needs: what the later steps work on.</summary>
/// <param name="Request">As the front end sent it.</param>
/// <param name="Endpoint">Where it goes.</param>
/// <param name="ClientId">The application it comes from.</param>
/// <param name="IsShared">Whether other applications have a session on the account too.</param>
internal sealed record AdmittedCall(ForwardRequest Request, Endpoint Endpoint, string ClientId, bool IsShared = false)
{
    /// <summary>When its session ends, as far as is known: it does not wait beyond.</summary>
    public DateTimeOffset SessionEndsAt { get; init; } = DateTimeOffset.MaxValue;
}
