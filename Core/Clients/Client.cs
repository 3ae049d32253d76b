using System.Collections.Frozen;
using System.Security.Cryptography;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>An application that calls the proxy, as configured.</summary>
public sealed class Client
{
    private readonly byte[][] _keyHashes;
    private readonly FrozenSet<string> _origins;
    private readonly FrozenSet<string> _families;
    private readonly FrozenSet<string> _scopes;
    private readonly IReadOnlyList<ReturnUrl> _returnUrls;

    internal Client(string id, ClientOptions options)
    {
        (Id, Wait, Limit, StreamLimit, IsAppOnlyAllowed) = (
            id,
            options.Wait,
            ClientLimit.Of(options),
            options.StreamLimit,
            options.AppOnly
        );
        _keyHashes = [.. options.ApiKeys.Select(Convert.FromHexString)];
        _origins = options.Origins.ToFrozenSet(StringComparer.Ordinal);
        _families = options.EndpointFamilies.ToFrozenSet(StringComparer.Ordinal);
        _scopes = options.Scopes.ToFrozenSet(StringComparer.Ordinal);
        _returnUrls = [.. options.ReturnUrls.Select(ReturnUrl.TryParse).OfType<ReturnUrl>()];
    }

    public string Id { get; }

    /// <summary>How long its calls may wait for X's limits by default.</summary>
    public TimeSpan Wait { get; }

    /// <summary>The client's own limits; null when it has none.</summary>
    public ClientLimit? Limit { get; }

    /// <summary>Event streams and waits for uploads that it may have open at one front end.</summary>
    public int StreamLimit { get; }

    /// <summary>Whether it may call X with the app's own token.</summary>
    public bool IsAppOnlyAllowed { get; }

    /// <summary>How many API keys are valid.</summary>
    public int KeyCount => _keyHashes.Length;

    public IEnumerable<string> Origins => _origins;

    /// <summary>The endpoint families that it may call; empty: all.</summary>
    public IEnumerable<string> Families => _families;

    public bool AllowsOrigin(string origin) => _origins.Contains(origin);

    public bool AllowsFamily(string family) => _families.Count == 0 || _families.Contains(family);

    public bool AllowsScope(string scope) => _scopes.Count == 0 || _scopes.Contains(scope);

    /// <summary>The scopes to request when the client names none.</summary>
    public IEnumerable<string> DefaultScopes => SignIn.Scopes.Default.Where(AllowsScope);

    public bool AllowsReturnTo(string url) =>
        ReturnUrl.TryParse(url) is { } candidate && _returnUrls.Any(registered => registered.Covers(candidate));

    /// <summary>Compares with every key of the client in fixed time, so that the duration reveals nothing.</summary>
    internal bool HasKey(ReadOnlySpan<byte> sha256)
    {
        var found = false;
        foreach (var hash in _keyHashes)
            found |= CryptographicOperations.FixedTimeEquals(hash, sha256);
        return found;
    }
}
