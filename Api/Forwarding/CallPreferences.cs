using System.Globalization;
using Microsoft.Extensions.Primitives;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Queueing;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>How a caller wants its call to be treated when X's limits are used up.</summary>
/// <param name="Wait">How long the call may wait.</param>
/// <param name="Applied">Value of <c>Preference-Applied</c>; null when the request has no preference.</param>
/// <param name="Urgency">0 to 7.</param>
internal readonly record struct CallPreferences(TimeSpan Wait, string? Applied, int Urgency)
{
    public static CallPreferences Of(IHeaderDictionary headers, Client client, TimeSpan longest)
    {
        var preferred = WaitOf(headers["Prefer"]);
        var wait = preferred ?? client.Wait;
        if (wait > longest)
            wait = longest;
        var applied =
            preferred is null || longest == TimeSpan.Zero
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"wait={(long)wait.TotalSeconds}");
        return new(wait, applied, UrgencyOf(headers["Priority"]) ?? QueuedCall.DefaultUrgency);
    }

    /// <summary>RFC 7240 section 4.3. Other preferences, and values that cannot be read, are ignored.</summary>
    internal static TimeSpan? WaitOf(StringValues prefer)
    {
        if (prefer.Count == 0)
            return null;
        foreach (var (name, value) in Members(prefer))
        {
            // The first counts (section 2). A number too large to parse means the longest wait.
            if (!name.Equals("wait", StringComparison.OrdinalIgnoreCase))
                continue;
            var seconds = value.Trim('"');
            if (seconds.Length == 0 || !seconds.All(char.IsAsciiDigit))
                return null;
            return TimeSpan.FromSeconds(seconds.Length > 6 ? 1_000_000 : int.Parse(seconds, CultureInfo.InvariantCulture));
        }

        return null;
    }

    /// <summary>RFC 9218 section 4.1; the last value counts, as in every structured-field dictionary.</summary>
    internal static int? UrgencyOf(StringValues priority)
    {
        if (priority.Count == 0)
            return null;
        int? urgency = null;
        foreach (var (name, value) in Members(priority))
        {
            if (name == "u")
                urgency = value is [>= '0' and <= '7'] ? value[0] - '0' : null;
        }

        return urgency;
    }

    // name[=value][;parameters], separated by commas outside quoted strings.
    private static IEnumerable<(string Name, string Value)> Members(StringValues lines)
    {
        foreach (var line in lines)
        {
            if (line is null)
                continue;
            for (var (start, end, quoted) = (0, 0, false); end <= line.Length; end++)
            {
                if (end < line.Length && line[end] == '"')
                    quoted = !quoted;
                if (end < line.Length && (quoted || line[end] != ','))
                    continue;
                var member = line[start..end].Split(';', 2)[0].Split('=', 2);
                yield return (member[0].Trim(), member.Length == 2 ? member[1].Trim() : "");
                start = end + 1;
            }
        }
    }
}
