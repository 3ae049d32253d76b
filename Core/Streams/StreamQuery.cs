using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>
/// The parameters of a connection that many listeners share: each gets the fields of all. Immutable. Parameters that choose what is sent,
/// as <c>start_time</c>, must be the same for all.
/// </summary>
public sealed class StreamQuery
{
    /// <summary>How many minutes back a listener wants to begin: answered by the proxy's own buffer, never asked of X.</summary>
    public const string Backfill = "backfill_minutes";

    private readonly SortedDictionary<string, string[]> _values = new(StringComparer.Ordinal);

    private StreamQuery() { }

    /// <summary>A parameter's value; null when it is not set.</summary>
    public string? this[string name] => _values.TryGetValue(name, out var values) ? string.Join(',', values) : null;

    /// <summary>The parameters of a query in its one form (as <c>ForwardTarget</c> makes it), without <c>?</c>.</summary>
    public static StreamQuery Parse(string query)
    {
        var parsed = new StreamQuery();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at
                ? (pair[..at], pair[(at + 1)..])
                : (pair, "");
            if (name == Backfill)
                continue;
            string[] values = IsList(name)
                ? value.Replace("%2C", ",", StringComparison.Ordinal).Split(',', StringSplitOptions.RemoveEmptyEntries)
                : [value];
            parsed._values[name] = [.. parsed._values.GetValueOrDefault(name, []).Union(values, StringComparer.Ordinal)];
        }

        return parsed;
    }

    /// <summary>The value of <see cref="Backfill"/> in a query; null without.</summary>
    public static string? BackfillIn(string query) =>
        query
            .Split('&')
            .Where(pair => pair == Backfill || pair.StartsWith(Backfill + "=", StringComparison.Ordinal))
            .Select(pair => pair[Math.Min(Backfill.Length + 1, pair.Length)..])
            .FirstOrDefault();

    /// <summary>The query of a connection that follows on another one.</summary>
    public StreamQuery WithoutStart()
    {
        var without = new StreamQuery();
        foreach (var (name, values) in _values)
        {
            if (name is not "start_time")
                without._values[name] = values;
        }

        return without;
    }

    /// <summary>One query for the listeners of both.</summary>
    /// <returns>The query; or StreamInUse where they differ in more than fields.</returns>
    public Result<StreamQuery> Merge(StreamQuery other)
    {
        var merged = new StreamQuery();
        foreach (var name in _values.Keys.Union(other._values.Keys, StringComparer.Ordinal))
        {
            var (ours, theirs) = (_values.GetValueOrDefault(name, []), other._values.GetValueOrDefault(name, []));
            if (!IsList(name) && !ours.SequenceEqual(theirs, StringComparer.Ordinal))
            {
                return new Rejection(
                    RejectionReason.StreamInUse,
                    $"The stream is open with another '{name}', and X allows one connection for all listeners. Ask for the same, or wait until the others have left."
                );
            }

            merged._values[name] = [.. ours.Union(theirs, StringComparer.Ordinal)];
        }

        return merged;
    }

    /// <summary>The query as it goes to X, without <c>?</c>; the same for every order of the same parameters.</summary>
    public override string ToString() => string.Join('&', _values.Select(pair => $"{pair.Key}={string.Join(',', pair.Value)}"));

    private static bool IsList(string name) => name is "expansions" || name.EndsWith(".fields", StringComparison.Ordinal);
}
