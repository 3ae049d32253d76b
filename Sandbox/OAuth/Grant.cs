namespace OrleansTwitterProxy.Sandbox;

/// <summary>One consent of one user: the family of all tokens issued from it. <see cref="GrantStore"/> locks.</summary>
internal sealed class Grant(User user, IReadOnlySet<string> scopes)
{
    public User User { get; } = user;
    public IReadOnlySet<string> Scopes { get; } = scopes;

    /// <summary>Set when the user revokes the app or a spent refresh token is replayed; every token of the family dies with it.</summary>
    public bool IsDead { get; set; }

    public AccessToken? LatestAccess { get; set; }
}

/// <summary>An access token. Its life may only get shorter.</summary>
internal sealed class AccessToken(string value, Grant grant, DateTimeOffset expiresAt)
{
    private long _expiresAtTicks = expiresAt.UtcTicks;

    public string Value { get; } = value;
    public Grant Grant { get; } = grant;

    public bool IsAlive(DateTimeOffset now) => !Grant.IsDead && now.UtcTicks < Volatile.Read(ref _expiresAtTicks);

    public void Kill() => Volatile.Write(ref _expiresAtTicks, 0);
}

/// <summary>A refresh token, good for one use. A spent one is remembered, so that its replay is recognised.</summary>
internal sealed class RefreshToken(Grant grant, DateTimeOffset expiresAt)
{
    public Grant Grant { get; } = grant;
    public DateTimeOffset ExpiresAt { get; } = expiresAt;
    public bool IsSpent { get; set; }
    public bool IsRevoked { get; set; }
}

/// <summary>What the token endpoint hands out; the refresh token only with the scope offline.access.</summary>
internal sealed record TokenPair(string AccessToken, string? RefreshToken, IReadOnlySet<string> Scopes, TimeSpan ExpiresIn);
