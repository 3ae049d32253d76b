using Orleans;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>
/// A client's token bucket for the whole cluster, held by its grain. Front ends lease tokens in advance. A leased token is spent, whether
/// it is used or not. So the calls of all front ends together are limited by the bucket and by the lifetime of a lease.
/// </summary>
public sealed class ClientQuota(TimeProvider timeProvider)
{
    /// <summary>How long a front end may use a lease.</summary>
    public static readonly TimeSpan LeaseLifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, FrontEnd> _frontEnds = new(StringComparer.Ordinal);
    private ClientLimit? _limit;
    private long _tokens;
    private DateTimeOffset _filledAt;

    /// <summary>Leases a front end its part of the available tokens and permits.</summary>
    public ClientLease Lease(ClientDemand demand)
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            var before = _frontEnds.GetValueOrDefault(demand.FrontEnd).Permits; // until it has the response it may start as many calls
            _frontEnds[demand.FrontEnd] = new(now, 0, 0);
            foreach (var (name, frontEnd) in _frontEnds)
            {
                if (frontEnd.AskedAt < now - (2 * LeaseLifetime))
                    _frontEnds.Remove(name);
            }

            Refill(demand.Limit, now);
            var permits = demand.Limit.PermitLimit is { } all ? PermitsOf(all) : (int?)null;
            _frontEnds[demand.FrontEnd] = new(now, permits ?? 0, Math.Max(Math.Max(permits ?? 0, before), demand.UnderWay));
            if (demand.Limit.TokenLimit is null)
                return new(0, permits, _frontEnds.Count, null);
            // While several front ends ask, none gets all tokens.
            var granted = (int)Math.Min(demand.Tokens, Math.Max(Math.Min(1, _tokens), _tokens / _frontEnds.Count));
            _tokens -= granted;
            return new(granted, permits, _frontEnds.Count, granted > 0 ? null : _filledAt + demand.Limit.ReplenishmentPeriod - now);
        }
    }

    // An equal part, but no more than the other front ends leave free; at least one.
    private int PermitsOf(int all) =>
        Math.Max(1, Math.Min(all / _frontEnds.Count, all - _frontEnds.Values.Sum(frontEnd => frontEnd.Claimed)));

    private void Refill(ClientLimit limit, DateTimeOffset now)
    {
        var size = limit.TokenLimit ?? 0;
        if (_limit is null)
            (_tokens, _filledAt) = (size, now);
        _limit = limit; // the newest that a front end sent
        var periods = Math.Max(0, (now - _filledAt) / limit.ReplenishmentPeriod);
        _filledAt += Math.Floor(periods) * limit.ReplenishmentPeriod;
        _tokens = (long)Math.Min(size, _tokens + (Math.Floor(periods) * limit.TokensPerPeriod));
    }

    /// <param name="AskedAt">When it last asked.</param>
    /// <param name="Permits">Calls it was then allowed to have in flight.</param>
    /// <param name="Claimed">Calls it may have in flight until it asks again.</param>
    private readonly record struct FrontEnd(DateTimeOffset AskedAt, int Permits, int Claimed);
}

/// <summary>A front end's request to a client's quota.</summary>
/// <param name="FrontEnd">Id of the front end.</param>
/// <param name="Limit">The client's limits in this front end's configuration.</param>
/// <param name="Tokens">Number of tokens wanted; 0 only reports the calls in flight.</param>
/// <param name="UnderWay">Number of the client's calls that the front end has in flight.</param>
[GenerateSerializer, Immutable, Alias("otp.ClientDemand")]
public sealed record ClientDemand(
    [property: Id(0)] string FrontEnd,
    [property: Id(1)] ClientLimit Limit,
    [property: Id(2)] int Tokens,
    [property: Id(3)] int UnderWay = 0
);

/// <summary>The response, valid for <see cref="ClientQuota.LeaseLifetime"/>.</summary>
/// <param name="Tokens">Tokens to spend.</param>
/// <param name="Permits">The front end's part of the calls in flight; null for no limit.</param>
/// <param name="FrontEnds">Number of front ends that share the client.</param>
/// <param name="RetryAfter">Time until there are tokens again; null when some were granted, or the rate is not limited.</param>
[GenerateSerializer, Immutable, Alias("otp.ClientLease")]
public sealed record ClientLease(
    [property: Id(0)] int Tokens,
    [property: Id(1)] int? Permits,
    [property: Id(2)] int FrontEnds,
    [property: Id(3)] TimeSpan? RetryAfter
);

/// <summary>A client's quota, local or in a grain.</summary>
[Alias("otp.IClientQuota")]
public interface IClientQuota
{
    /// <summary>Leases a front end its part. Nothing is durable: a lost quota starts again with a full bucket. Not idempotent.</summary>
    [Alias("Lease")]
    Task<ClientLease> LeaseAsync(ClientDemand demand);
}
