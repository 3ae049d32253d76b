using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>
/// Keeps clients to their own limits. Each front end spends what the client's grain has leased to it. A client without limits costs
/// nothing.
/// </summary>
public interface IClientLimits
{
    /// <summary>Takes a token of the client's, and a place among its calls under way until the permit is disposed.</summary>
    /// <returns>A permit; its rejection is ClientRateLimited when there is none to be had now.</returns>
    ValueTask<ClientPermit> AcquireAsync(Client client, CancellationToken cancellationToken);

    /// <summary>What a call of the client's would be refused with now, as far as is known here; takes nothing.</summary>
    Rejection? Preview(Client client);
}

/// <summary>A place among a client's calls; disposing gives it back. The token is spent.</summary>
/// <param name="Rejection">Why there is none; null when there is.</param>
/// <param name="Held">What to give back.</param>
public readonly record struct ClientPermit(Rejection? Rejection, IDisposable? Held) : IDisposable
{
    public void Dispose() => Held?.Dispose();

    internal static ClientPermit OverRate(string clientId, TimeSpan retryAfter) =>
        new(
            new(
                RejectionReason.ClientRateLimited,
                $"The client '{clientId}' has used up its own rate (Clients:{clientId}:TokenLimit). X's limits are another matter.",
                retryAfter
            ),
            null
        );

    internal static ClientPermit TooManyAtOnce(string clientId) =>
        new(
            new(
                RejectionReason.ClientRateLimited,
                $"The client '{clientId}' has as many calls under way as it may (Clients:{clientId}:PermitLimit).",
                TimeSpan.FromSeconds(1)
            ),
            null
        );
}
