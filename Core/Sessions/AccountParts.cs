using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What an account in memory is made of; <see cref="UserSessionFactory"/> puts it together.</summary>
internal sealed record AccountParts : IDisposable
{
    public required string AccountId { get; init; }

    public required SessionJournal Journal { get; init; }

    public required TokenRefresh Refresh { get; init; }

    public required AccountTokens Tokens { get; init; }

    public required GrantRevocation Revocation { get; init; }

    public required AccountWindows Windows { get; init; }

    public required AccountQueue Queue { get; init; }

    public required CallForwarder Forwarder { get; init; }

    public required KeyedWrites KeyedWrites { get; init; }

    public required CallPreview Preview { get; init; }

    public required AccountMaintenance Maintenance { get; init; }

    /// <summary>The app's windows, which all accounts of the process share.</summary>
    public required LimitTable AppLimits { get; init; }

    public required EndpointCatalogue Catalogue { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    /// <summary>Cancelled when the account leaves memory.</summary>
    public required CancellationTokenSource Lifetime { get; init; }

    public void Dispose()
    {
        Queue.Close();
        Lifetime.Cancel();
        Lifetime.Dispose();
        Journal.Dispose();
    }
}
