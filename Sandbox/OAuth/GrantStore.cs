using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>All tokens of all grants, and their lifecycle.</summary>
internal sealed class GrantStore
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, AccessToken> _access = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AccessToken>.AlternateLookup<ReadOnlySpan<char>> _accessBySpan;
    private readonly ConcurrentDictionary<string, RefreshToken> _refresh = new(StringComparer.Ordinal);
    private readonly SandboxOptions _options;
    private readonly SandboxCounters _counters;
    private readonly TimeProvider _clock;

    public GrantStore(SandboxOptions options, SandboxCounters counters, TimeProvider clock)
    {
        _options = options;
        _counters = counters;
        _clock = clock;
        _accessBySpan = _access.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyList<string> AllTokens => [.. _access.Keys, .. _refresh.Keys];

    /// <summary>Random, and easy to recognise in a log.</summary>
    public static string NewSecret(string kind) => $"sandbox-{kind}-{RandomNumberGenerator.GetHexString(64, lowercase: true)}";

    public AccessToken? FindAccess(ReadOnlySpan<char> value) =>
        _accessBySpan.TryGetValue(value, out var token) && token.IsAlive(_clock.GetUtcNow()) ? token : null;

    /// <summary>The account of a current or former refresh token.</summary>
    public string? AccountOfRefresh(string value) => _refresh.GetValueOrDefault(value)?.Grant.User.Username;

    public TokenPair Issue(Grant grant)
    {
        lock (_gate)
            return IssueLocked(grant);
    }

    /// <summary>
    /// Exchanges a refresh token for a new pair; null when it is unknown, invalid or used. A used one invalidates its family.
    /// </summary>
    public TokenPair? Refresh(string value)
    {
        lock (_gate)
        {
            if (!_refresh.TryGetValue(value, out var token))
                return null;
            if (token.IsSpent)
            {
                _counters.CountReplay();
                token.Grant.IsDead = true;
            }
            if (token.IsSpent || token.IsRevoked || token.Grant.IsDead || _clock.GetUtcNow() >= token.ExpiresAt)
                return null;

            token.IsSpent = true;
            if (_options.RefreshKillsOldAccessToken)
                token.Grant.LatestAccess?.Kill();
            _counters.CountRefresh(token.Grant.User.Username);
            return IssueLocked(token.Grant);
        }
    }

    /// <summary>RFC 7009: invalidates one token of either kind; an unknown one is no error.</summary>
    public void Revoke(string value)
    {
        lock (_gate)
        {
            if (_access.TryGetValue(value, out var access))
                access.Kill();
            if (_refresh.TryGetValue(value, out var refresh))
                refresh.IsRevoked = true;
        }
    }

    /// <summary>The user removes the app at x.com/settings/connected_apps.</summary>
    /// <returns>The number of ended grants.</returns>
    public int RevokeAccount(User user)
    {
        lock (_gate)
        {
            var grants = _access.Values.Select(token => token.Grant).Where(grant => grant.User == user && !grant.IsDead).ToHashSet();
            foreach (var grant in grants)
                grant.IsDead = true;
            return grants.Count;
        }
    }

    /// <returns>The number of expired access tokens.</returns>
    public int ExpireAccess(User user)
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            var tokens = _access.Values.Where(token => token.Grant.User == user && token.IsAlive(now)).ToList();
            tokens.ForEach(token => token.Kill());
            return tokens.Count;
        }
    }

    private TokenPair IssueLocked(Grant grant)
    {
        var now = _clock.GetUtcNow();
        var access = new AccessToken(NewSecret("access"), grant, now + _options.AccessTokenLifetime);
        _access[access.Value] = access;
        grant.LatestAccess = access;

        string? refresh = null;
        if (grant.Scopes.Contains(Scope.OfflineAccess))
            _refresh[refresh = NewSecret("refresh")] = new RefreshToken(grant, now + _options.RefreshTokenLifetime);
        return new TokenPair(access.Value, refresh, grant.Scopes, _options.AccessTokenLifetime);
    }
}
