namespace OrleansTwitterProxy.Sandbox;

/// <summary>One user's consent: the family of all tokens issued from it. Guarded by <see cref="GrantStore"/>.</summary>
internal sealed class Grant(User user, IReadOnlySet<string> scopes)
{
    public User User { get; } = user;
    public IReadOnlySet<string> Scopes { get; } = scopes;

    /// <summary>
    /// Set when the user revokes the app or a used refresh token is sent again; it invalidates every token of the family.
    /// </summary>
    public bool IsDead { get; set; }

    public AccessToken? LatestAccess { get; set; }
}

/// <summary>An access token. Its lifetime can only be shortened.</summary>
internal sealed class AccessToken(string value, Grant grant, DateTimeOffset expiresAt)
{
    private long _expiresAtTicks = expiresAt.UtcTicks;

    public string Value { get; } = value;
    public Grant Grant { get; } = grant;

    public bool IsAlive(DateTimeOffset now) => !Grant.IsDead && now.UtcTicks < Volatile.Read(ref _expiresAtTicks);

    public void Kill() => Volatile.Write(ref _expiresAtTicks, 0);
}

/// <summary>A single-use refresh token. A used one is remembered, so that its replay is detected.</summary>
internal sealed class RefreshToken(Grant grant, DateTimeOffset expiresAt)
{
    public Grant Grant { get; } = grant;
    public DateTimeOffset ExpiresAt { get; } = expiresAt;
    public bool IsSpent { get; set; }
    public bool IsRevoked { get; set; }
}

/// <summary>The tokens of a response; with a refresh token only for the scope offline.access.</summary>
internal sealed record TokenPair(string AccessToken, string? RefreshToken, IReadOnlySet<string> Scopes, TimeSpan ExpiresIn);
