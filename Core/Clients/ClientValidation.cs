using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>Validates configured clients; each message names the setting and its valid values.</summary>
public static class ClientValidation
{
    /// <summary>Whether a client, or an operator's key, can be called that.</summary>
    public static bool IsId(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <param name="id">The client's id.</param>
    /// <param name="client">Its settings.</param>
    /// <returns>One message per failure; empty when the client is valid.</returns>
    public static IEnumerable<string> Failures(string id, ClientOptions client)
    {
        if (!IsId(id))
        {
            yield return $"Clients:{id}: a client id has 1 to 64 letters, digits, '-', '_' or '.'.";
        }

        if (client.ApiKeys.Count == 0)
        {
            yield return $"Clients:{id}:ApiKeys is empty: make a key with 'dotnet run --project Silo -- keys new {id}' and add the hash it prints.";
        }

        for (var i = 0; i < client.ApiKeys.Count; i++)
        {
            // The value is not repeated: a plain key put here by mistake must not reach the log.
            if (!ApiKey.IsHash(client.ApiKeys[i]))
                yield return $"Clients:{id}:ApiKeys:{i} is not the SHA-256 of a key in hex (64 characters); put the hash there, not the key.";
        }

        foreach (var origin in client.Origins)
        {
            if (!IsOrigin(origin))
                yield return $"Clients:{id}:Origins: '{origin}' is not an origin such as https://app.example.com (no path, no trailing slash).";
        }

        foreach (var url in client.ReturnUrls)
        {
            if (ReturnUrl.TryParse(url) is null)
                yield return $"Clients:{id}:ReturnUrls: '{url}' is not a plain http or https URL such as https://app.example.com/signed-in.";
        }

        if (client.Wait < TimeSpan.Zero)
            yield return $"Clients:{id}:Wait must not be negative.";

        foreach (var family in client.EndpointFamilies)
        {
            if (!EndpointCatalogue.Families.Contains(family))
                yield return $"Clients:{id}:EndpointFamilies: there is no family '{family}'. The families are {string.Join(", ", EndpointCatalogue.Families)}.";
        }

        foreach (var scope in client.Scopes)
        {
            if (scope is null || !Scopes.IsKnown(scope))
                yield return $"Clients:{id}:Scopes: X knows no scope '{scope}'.";
        }

        foreach (
            var (name, value) in (IEnumerable<(string, int?)>)
                [
                    ("TokenLimit", client.TokenLimit),
                    ("TokensPerPeriod", client.TokensPerPeriod),
                    ("PermitLimit", client.PermitLimit),
                    ("StreamLimit", client.StreamLimit),
                ]
        )
        {
            if (value is < 1 or > 1_000_000)
                yield return $"Clients:{id}:{name} is {value}; it must be between 1 and 1000000, or left out.";
        }

        if (client.TokensPerPeriod is not null && client.TokenLimit is null)
            yield return $"Clients:{id}:TokensPerPeriod has no effect without TokenLimit, the size of the bucket.";
        if (client.ReplenishmentPeriod < TimeSpan.FromMilliseconds(10) || client.ReplenishmentPeriod > TimeSpan.FromDays(1))
        {
            yield return $"Clients:{id}:ReplenishmentPeriod is {client.ReplenishmentPeriod}; it must be between 00:00:00.010 and 1.00:00:00.";
        }
    }

    /// <summary>Finds keys that two clients share: such a key would not identify the caller.</summary>
    /// <param name="clients">All clients, by id.</param>
    public static IEnumerable<string> SharedKeys(IReadOnlyDictionary<string, ClientOptions> clients) =>
        clients
            .SelectMany(pair => (pair.Value?.ApiKeys ?? []).OfType<string>().Select(key => (Key: key.ToLowerInvariant(), Id: pair.Key)))
            .GroupBy(pair => pair.Key)
            .Where(group => group.Select(pair => pair.Id).Distinct().Count() > 1)
            .Select(group =>
                $"Clients: {string.Join(" and ", group.Select(pair => pair.Id).Distinct())} have an API key in common; give each its own."
            );

    private static bool IsOrigin(string value) =>
        ReturnUrl.TryParse(value) is not null
        && Uri.TryCreate(value, UriKind.Absolute, out var uri)
        && uri.GetLeftPart(UriPartial.Authority) == value;
}
