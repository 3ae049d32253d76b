using System.Collections.Frozen;
using System.Globalization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's price list: US dollars by name, a row of prices.tsv.</summary>
internal static class PriceList
{
    /// <summary>The kind whose price is for each resource of a response, not for the request.</summary>
    private const string Read = "read";

    private static readonly FrozenDictionary<string, (string Kind, decimal Dollars)> Prices = EmbeddedTable
        .Read("prices.tsv")
        .ToFrozenDictionary(row => row[1], row => (row[0], decimal.Parse(row[2], CultureInfo.InvariantCulture)));

    public static bool IsPerResource(string name) => Find(name).Kind == Read;

    public static decimal Of(string name) => Find(name).Dollars;

    // An event such as mute.unmute has the price of its family, mute.*; one that is not listed is free.
    private static (string Kind, decimal Dollars) Find(string name)
    {
        if (Prices.TryGetValue(name, out var price))
            return price;
        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            if (Prices.TryGetValue($"{name[..dot]}.*", out price))
                return price;
        }
        return default;
    }
}
