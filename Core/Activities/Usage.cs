using System.Runtime.InteropServices;

namespace OrleansTwitterProxy.Core.Activities;

/// <summary>The calls of a client, of an account, or to an endpoint.</summary>
/// <param name="Key">Its id, or endpoint key; null for the calls of no account.</param>
/// <param name="Calls">All of them.</param>
/// <param name="Rejected">Those that the proxy refused.</param>
/// <param name="Errors">Those that were answered, by X or the proxy's own route, with a status of 400 or more.</param>
/// <param name="CostClasses">The number of those that X bills, by cost class.</param>
public sealed record Usage(string? Key, long Calls, long Rejected, long Errors, IReadOnlyDictionary<string, long> CostClasses);

/// <summary>A part of a sum: the calls with one key and one cost class.</summary>
public readonly record struct UsagePart(string? Key, string? CostClass, long Calls, long Rejected, long Errors, long Billed);

/// <summary>Puts parts together.</summary>
public sealed class UsageSum
{
    private readonly Dictionary<(string? Key, string? CostClass), UsagePart> _parts = [];

    public void Add(UsagePart part)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_parts, (part.Key, part.CostClass), out _);
        sum = part with
        {
            Calls = sum.Calls + part.Calls,
            Rejected = sum.Rejected + part.Rejected,
            Errors = sum.Errors + part.Errors,
            Billed = sum.Billed + part.Billed,
        };
    }

    /// <param name="count">How many keys at most.</param>
    /// <returns>Those with the most calls first, and of as many calls by name.</returns>
    public IReadOnlyList<Usage> Top(int count) =>
        [
            .. _parts
                .Values.GroupBy(part => part.Key)
                .Select(parts => new Usage(
                    parts.Key,
                    parts.Sum(part => part.Calls),
                    parts.Sum(part => part.Rejected),
                    parts.Sum(part => part.Errors),
                    parts
                        .Where(part => part is { CostClass: not null, Billed: > 0 })
                        .OrderBy(part => part.CostClass, StringComparer.Ordinal)
                        .ToDictionary(part => part.CostClass!, part => part.Billed)
                ))
                .OrderByDescending(usage => usage.Calls)
                .ThenBy(usage => usage.Key, StringComparer.Ordinal)
                .Take(count),
        ];
}
