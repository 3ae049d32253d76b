using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>The admin keys in force, reloaded live. Every key is compared, in fixed time.</summary>
public sealed class AdminKeys(IOptionsMonitor<OpsOptions> ops, DevelopmentMode development)
{
    /// <summary>The name of a key; null when it opens nothing.</summary>
    public string? NameOf(string key, HttpContext context) => NameOfHash(ApiKey.Hash(key), context);

    /// <summary>The name of the key with this SHA-256; null when it opens nothing, or no longer.</summary>
    public string? NameOfHash(string hash, HttpContext context)
    {
        var sought = Encoding.ASCII.GetBytes(hash);
        string? found = null;
        foreach (var (name, valid) in InForce(context).Where(each => ApiKey.IsHash(each.Value)))
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(valid.ToLowerInvariant()), sought))
                found = name;
        }

        return found;
    }

    /// <summary>Whether there is a key of this name.</summary>
    public bool IsInForce(string name, HttpContext context) =>
        InForce(context).Any(key => string.Equals(key.Key, name, StringComparison.OrdinalIgnoreCase));

    private Dictionary<string, string> InForce(HttpContext context)
    {
        var configured = ops.CurrentValue.AdminKeys;
        return configured.Count > 0 || !development.Covers(context)
            ? configured
            : new() { [OpsOptions.DevelopmentKey] = ApiKey.Hash(OpsOptions.DevelopmentKey) };
    }
}
