using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>
/// One client at one front end. Tokens and permits are leased for one second; more are requested when half of the tokens are spent. While
/// the quota does not answer, the front end goes on with an equal part of the limits, based on the last known number of front ends. Calls
/// that outlast their lease are reported every second, so that the quota does not give their permits to another front end.
/// </summary>
internal sealed partial class LeasedClient(string clientId, string frontEnd, IClientQuota quota, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Long enough for a grain that is being moved; the front end does not wait for a dead silo.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private const int MaxRounds = 4;

    private readonly Lock _lock = new();
    private readonly ClientQuota _own = new(timeProvider);
    private ClientLimit? _limit;
    private Tokens _tokens;
    private Tokens _ahead; // leased before the current ones were spent
    private int? _permits;
    private int _underWay;
    private int _used; // since the last lease
    private int _waiting;
    private int _frontEnds = 1;
    private bool _alone;
    private bool _probing;
    private bool _keeping;
    private DateTimeOffset _emptyUntil;
    private Task? _renewal;

    public async ValueTask<ClientPermit> AcquireAsync(ClientLimit limit, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            Task renewal;
            lock (_lock)
            {
                if (TryTake(limit) is { } permit)
                    return permit;
                renewal = _renewal ??= RenewAsync(limit);
                _waiting++;
            }

            try
            {
                await renewal.WaitAsync(cancellationToken);
            }
            finally
            {
                lock (_lock)
                    _waiting--;
            }
        }

        return ClientPermit.OverRate(clientId, ClientQuota.LeaseLifetime); // other calls took the tokens each time
    }

    /// <summary>The rejection that a call would get now, as far as this front end knows; has no effect and makes no grain call.</summary>
    public Rejection? Preview(ClientLimit limit)
    {
        lock (_lock)
        {
            if (_limit != limit)
                return null;
            var now = timeProvider.GetUtcNow();
            if (now < _emptyUntil)
                return ClientPermit.OverRate(clientId, _emptyUntil - now).Rejection;
            return _underWay >= _permits ? ClientPermit.TooManyAtOnce(clientId).Rejection : null;
        }
    }

    /// <summary>As <see cref="IClientLimits.LoadOf"/>.</summary>
    public ClientLoad Load(ClientLimit limit)
    {
        var refused = Preview(limit);
        lock (_lock)
            return new(_underWay, _permits, refused);
    }

    // Null: the quota has to be asked first.
    private ClientPermit? TryTake(ClientLimit limit)
    {
        var now = timeProvider.GetUtcNow();
        if (_limit != limit)
            (_limit, _tokens, _ahead, _emptyUntil) = (limit, default, default, default);
        if (_tokens.IsOver(now) || (_tokens.Left == 0 && _ahead.Left > 0))
            (_tokens, _ahead) = (_ahead, default);
        if (now < _emptyUntil)
            return ClientPermit.OverRate(clientId, _emptyUntil - now);
        if (_tokens.IsOver(now))
            return null;
        if (_underWay >= _permits)
            return ClientPermit.TooManyAtOnce(clientId);
        if (limit.TokenLimit is not null)
        {
            if (_tokens.Left == 0)
                return null;
            _tokens = _tokens with { Left = _tokens.Left - 1 };
            _used++;
            if (_tokens.Left < _tokens.Given / 2 && _ahead.Left == 0)
                _renewal ??= RenewAsync(limit);
        }

        if (limit.PermitLimit is not null && !_keeping)
        {
            _keeping = true;
            _ = KeepAsync();
        }

        _underWay++;
        return new(null, new Place(this));
    }

    private async Task KeepAsync()
    {
        while (true)
        {
            await Task.Delay(ClientQuota.LeaseLifetime, timeProvider, CancellationToken.None);
            Task renewal;
            lock (_lock)
            {
                if (_underWay == 0)
                {
                    _keeping = false;
                    return;
                }

                renewal = _renewal ??= RenewAsync(_limit!, keepsOnly: true);
            }

            await renewal;
        }
    }

    // With keepsOnly it requests no tokens: those it holds may be more than it would get.
    private async Task RenewAsync(ClientLimit limit, bool keepsOnly = false)
    {
        await Task.Yield(); // leaves the caller's lock
        ClientDemand demand;
        bool alone;
        lock (_lock)
        {
            // Requests twice the number used under the last lease, and one for each waiting call.
            (demand, alone) = (new(frontEnd, limit, keepsOnly ? 0 : (2 * _used) + Math.Max(1, _waiting), _underWay), _alone);
            if (!keepsOnly)
                _used = 0;
        }

        var expiresAt = timeProvider.GetUtcNow() + ClientQuota.LeaseLifetime;
        if (alone)
            Take(null, demand, expiresAt); // the last request got no answer, so no call waits for this one
        else
            Take(await AskAsync(demand), demand, expiresAt);
        if (alone)
            _ = ProbeAsync(demand with { Tokens = 1 });
    }

    // Only one request at a time checks whether the quota answers again.
    private async Task ProbeAsync(ClientDemand demand)
    {
        lock (_lock)
        {
            if (_probing)
                return;
            _probing = true;
        }

        var expiresAt = timeProvider.GetUtcNow() + ClientQuota.LeaseLifetime;
        var lease = await AskAsync(demand);
        lock (_lock)
            _probing = false;
        if (lease is not null)
            Take(lease, demand, expiresAt);
    }

    private async Task<ClientLease?> AskAsync(ClientDemand demand)
    {
        try
        {
            return await quota.LeaseAsync(demand).WaitAsync(Patience, timeProvider);
        }
        catch (Exception e)
        {
            LogAlone(logger, e, clientId);
            return null;
        }
    }

    private void Take(ClientLease? lease, ClientDemand demand, DateTimeOffset expiresAt)
    {
        lock (_lock)
        {
            _alone = lease is null;
            lease ??= _own.Lease(demand with { Limit = demand.Limit.PartOf(_frontEnds) }) with { FrontEnds = _frontEnds };
            (_permits, _frontEnds, _renewal) = (lease.Permits, lease.FrontEnds, null);
            if (demand.Tokens == 0 && demand.Limit.TokenLimit is not null)
                return; // keepsOnly: it requested no tokens
            var given = new Tokens(lease.Tokens, lease.Tokens, expiresAt);
            var now = timeProvider.GetUtcNow();
            if (_tokens.IsOver(now) || _tokens.Left == 0)
                _tokens = given;
            else
                _ahead = given;
            if (lease.Tokens > 0)
                _emptyUntil = default;
            else if (lease.RetryAfter is { } after && _tokens.Left == 0 && _ahead.Left == 0)
                // Alone: the quota may answer again by then.
                _emptyUntil = now + (_alone && after > ClientQuota.LeaseLifetime ? ClientQuota.LeaseLifetime : after);
        }
    }

    private void GiveBack()
    {
        lock (_lock)
            _underWay--;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The quota of client {ClientId} does not answer; this front end continues with an equal part of the client's limits"
    )]
    private static partial void LogAlone(ILogger logger, Exception exception, string clientId);

    /// <param name="Given">Number leased.</param>
    /// <param name="Left">Number left.</param>
    /// <param name="ExpiresAt">When they expire.</param>
    private readonly record struct Tokens(int Given, int Left, DateTimeOffset ExpiresAt)
    {
        public bool IsOver(DateTimeOffset now) => now >= ExpiresAt;
    }

    private sealed class Place(LeasedClient client) : IDisposable
    {
        public void Dispose() => client.GiveBack();
    }
}
