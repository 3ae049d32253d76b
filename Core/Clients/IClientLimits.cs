using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>
/// Enforces clients' own limits. Each front end spends what the client's grain has leased to it. A client without limits costs nothing.
/// </summary>
public interface IClientLimits
{
    /// <summary>Takes one of the client's tokens, and a place among its in-flight calls until the permit is disposed.</summary>
    /// <returns>A permit; with the rejection ClientRateLimited when none is available.</returns>
    ValueTask<ClientPermit> AcquireAsync(Client client, CancellationToken cancellationToken);

    /// <summary>The rejection that a call of the client would get now, as far as this front end knows; has no effect.</summary>
    Rejection? Preview(Client client);

    /// <summary>What a client with limits uses of them at this front end; null for one without, or that has not called yet.</summary>
    ClientLoad? LoadOf(Client client);
}

/// <summary>What a client uses of its own limits at one front end.</summary>
/// <param name="InFlight">Its calls in flight.</param>
/// <param name="Permits">How many it may have in flight here, as last leased; null for no limit.</param>
/// <param name="Refused">Why its next call would be refused; null when it would not.</param>
public sealed record ClientLoad(int InFlight, int? Permits, Rejection? Refused);

/// <summary>A place among a client's in-flight calls; disposing returns it. The token is spent.</summary>
/// <param name="Rejection">Why there is no place; null when there is one.</param>
/// <param name="Held">The place to return.</param>
public readonly record struct ClientPermit(Rejection? Rejection, IDisposable? Held) : IDisposable
{
    public void Dispose() => Held?.Dispose();

    internal static ClientPermit OverRate(string clientId, TimeSpan retryAfter) =>
        new(
            new(
                RejectionReason.ClientRateLimited,
                $"The client '{clientId}' has used up its own rate limit (Clients:{clientId}:TokenLimit). This is not a limit of X.",
                retryAfter
            ),
            null
        );

    internal static ClientPermit TooManyAtOnce(string clientId) =>
        new(
            new(
                RejectionReason.ClientRateLimited,
                $"The client '{clientId}' has reached its limit of calls in flight (Clients:{clientId}:PermitLimit).",
                TimeSpan.FromSeconds(1)
            ),
            null
        );
}
