using System.Text.Json;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>What a reload of the configuration has changed, for the audit: names of settings, and the beginning of keys' hashes.</summary>
public static class ClientChanges
{
    private const int HashPrefix = 8;

    /// <summary>An entry for each client that was added, removed or changed; in order of their ids.</summary>
    public static IEnumerable<AuditEntry> Between(
        IReadOnlyDictionary<string, ClientOptions> before,
        IReadOnlyDictionary<string, ClientOptions> after
    )
    {
        foreach (var id in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            var (old, now) = (before.GetValueOrDefault(id), after.GetValueOrDefault(id));
            if (old is null)
                yield return Entry(AuditActions.ClientAdded, id, $"keys {Prefixes(now!.ApiKeys)}");
            else if (now is null)
                yield return Entry(AuditActions.ClientRemoved, id, $"keys {Prefixes(old.ApiKeys)}");
            else if (Changes(old, now).ToList() is { Count: > 0 } changes)
                yield return Entry(AuditActions.ClientChanged, id, string.Join(", ", changes));
        }
    }

    /// <summary>The beginning of a key's hash: tells keys apart, and opens nothing.</summary>
    public static string PrefixOf(string hash) => hash.Length > HashPrefix ? hash[..HashPrefix] : hash;

    /// <summary>The beginnings of several.</summary>
    public static string Prefixes(IEnumerable<string> hashes) => string.Join(' ', hashes.Select(PrefixOf));

    private static IEnumerable<string> Changes(ClientOptions before, ClientOptions after)
    {
        foreach (var hash in after.ApiKeys.Except(before.ApiKeys, StringComparer.OrdinalIgnoreCase))
            yield return $"key {PrefixOf(hash)} added";
        foreach (var hash in before.ApiKeys.Except(after.ApiKeys, StringComparer.OrdinalIgnoreCase))
            yield return $"key {PrefixOf(hash)} removed";
        foreach (var setting in typeof(ClientOptions).GetProperties())
        {
            // By their JSON: lists have no equality of their own.
            if (
                setting.Name is not nameof(ClientOptions.ApiKeys)
                && JsonSerializer.Serialize(setting.GetValue(before)) != JsonSerializer.Serialize(setting.GetValue(after))
            )
                yield return setting.Name;
        }
    }

    private static AuditEntry Entry(string action, string id, string detail) =>
        new()
        {
            Action = action,
            ClientId = id,
            Detail = detail,
        };
}
