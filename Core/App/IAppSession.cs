using Orleans;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Core.App;

/// <summary>
/// The X app itself as a caller: its calls go to X with the app-only token, for every client that may make them. It has windows, a queue
/// and keyed writes of its own, as an account has.
/// </summary>
[Alias("otp.IAppSession")]
public interface IAppSession
{
    /// <summary>Sends one call to X, as <see cref="IUserSession.SendAsync"/> does.</summary>
    /// <param name="request">With the client's id as <see cref="ForwardRequest.SessionId"/>.</param>
    /// <param name="cancellationToken">The caller hung up.</param>
    /// <returns>X's answer; or CircuitOpen, RateLimited, ShuttingDown (it was waiting), one of the Upstream reasons, OutcomeUnknown,
    /// TokenEndpointUnavailable, StorageUnavailable (a keyed write) or ProxyMisconfigured.</returns>
    [Alias("Send")]
    Task<ForwardResponse> SendAsync(ForwardRequest request, CancellationToken cancellationToken);

    /// <summary>Tells what would become of a call, were it sent now. X is not called, no permit taken, nothing changed.</summary>
    [Alias("DryRun")]
    Task<Result<DryRun>> DryRunAsync(ForwardRequest request, CancellationToken cancellationToken);

    /// <summary>Every window known for the app. Changes nothing.</summary>
    /// <param name="clientId">Whose places in the queue are shown.</param>
    /// <param name="cancellationToken">The caller hung up.</param>
    [Alias("GetLimits")]
    Task<Result<LimitsSnapshot>> GetLimitsAsync(string clientId, CancellationToken cancellationToken);
}
