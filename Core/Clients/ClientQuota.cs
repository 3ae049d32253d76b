using Orleans;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>
/// A client's bucket for the whole cluster, as its grain keeps it: front ends take tokens out of it in advance. A token that was given out
/// is gone, used or not, so what all front ends let through together is bounded by the bucket and by how long they may keep tokens.
/// </summary>
public sealed class ClientQuota(TimeProvider timeProvider)
{
    /// <summary>How long a front end may use what it was given.</summary>
    public static readonly TimeSpan LeaseLifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, FrontEnd> _frontEnds = new(StringComparer.Ordinal);
    private ClientLimit? _limit;
    private long _tokens;
    private DateTimeOffset _filledAt;

    /// <summary>Gives a front end its part of what there is.</summary>
    public ClientLease Lease(ClientDemand demand)
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            var before = _frontEnds.GetValueOrDefault(demand.FrontEnd).Permits; // it may begin as many until it has the answer
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
            // Nobody takes it all while others ask too.
            var granted = (int)Math.Min(demand.Tokens, Math.Max(Math.Min(1, _tokens), _tokens / _frontEnds.Count));
            _tokens -= granted;
            return new(granted, permits, _frontEnds.Count, granted > 0 ? null : _filledAt + demand.Limit.ReplenishmentPeriod - now);
        }
    }

    // An equal part, but no more than the others have or may begin; and one call each in any case.
    private int PermitsOf(int all) =>
        Math.Max(1, Math.Min(all / _frontEnds.Count, all - _frontEnds.Values.Sum(frontEnd => frontEnd.Claimed)));

    private void Refill(ClientLimit limit, DateTimeOffset now)
    {
        var size = limit.TokenLimit ?? 0;
        if (_limit is null)
            (_tokens, _filledAt) = (size, now);
        _limit = limit; // the newest that a front end was configured with
        var periods = Math.Max(0, (now - _filledAt) / limit.ReplenishmentPeriod);
        _filledAt += Math.Floor(periods) * limit.ReplenishmentPeriod;
        _tokens = (long)Math.Min(size, _tokens + (Math.Floor(periods) * limit.TokensPerPeriod));
    }

    /// <param name="AskedAt">When it asked last.</param>
    /// <param name="Permits">Calls it was then allowed to have under way.</param>
    /// <param name="Claimed">Calls it may have under way until it asks again.</param>
    private readonly record struct FrontEnd(DateTimeOffset AskedAt, int Permits, int Claimed);
}

/// <summary>What a front end asks of a client's quota.</summary>
/// <param name="FrontEnd">Names the front end.</param>
/// <param name="Limit">The client's limits as this front end has them configured.</param>
/// <param name="Tokens">How many tokens it would like; 0 to say only that it is there.</param>
/// <param name="UnderWay">How many of the client's calls it has under way.</param>
[GenerateSerializer, Immutable, Alias("otp.ClientDemand")]
public sealed record ClientDemand(
    [property: Id(0)] string FrontEnd,
    [property: Id(1)] ClientLimit Limit,
    [property: Id(2)] int Tokens,
    [property: Id(3)] int UnderWay = 0
);

/// <summary>What it gets, for <see cref="ClientQuota.LeaseLifetime"/>.</summary>
/// <param name="Tokens">Tokens to spend.</param>
/// <param name="Permits">Its part of the calls under way; null when they are not bounded.</param>
/// <param name="FrontEnds">How many front ends share the client.</param>
/// <param name="RetryAfter">When there will be tokens again; null when there were some, or the rate is not limited.</param>
[GenerateSerializer, Immutable, Alias("otp.ClientLease")]
public sealed record ClientLease(
    [property: Id(0)] int Tokens,
    [property: Id(1)] int? Permits,
    [property: Id(2)] int FrontEnds,
    [property: Id(3)] TimeSpan? RetryAfter
);

/// <summary>A client's quota, wherever it is kept.</summary>
[Alias("otp.IClientQuota")]
public interface IClientQuota
{
    /// <summary>
    /// Gives a front end its part. Nothing is durable: a quota that is lost begins anew with a full bucket. Not idempotent.
    /// </summary>
    [Alias("Lease")]
    Task<ClientLease> LeaseAsync(ClientDemand demand);
}
