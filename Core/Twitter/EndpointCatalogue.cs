using System.Collections.Frozen;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Finds the endpoint of a method and path. Unknown paths get a key of their own.</summary>
public sealed class EndpointCatalogue
{
    private readonly FrozenDictionary<string, Endpoint> _byKey;
    private readonly FrozenDictionary<(string Method, int Segments), Template[]> _templates;

    /// <summary>All families. Each has a circuit, and a client may be restricted to some.</summary>
    public static IReadOnlyList<string> Families { get; } =
    [.. KnownEndpoints.All.Select(endpoint => endpoint.Family).Concat(KnownEndpoints.FamiliesOfUnknown).Append("other").Distinct()];

    public EndpointCatalogue()
    {
        _byKey = KnownEndpoints.All.ToFrozenDictionary(endpoint => endpoint.Key, StringComparer.Ordinal);
        _templates = KnownEndpoints
            .All.Select(endpoint => new Template(endpoint))
            .GroupBy(template => (template.Method, template.Segments.Length))
            // Literal segments take precedence over parameters, as X routes /2/users/me before /2/users/{id}.
            .ToFrozenDictionary(group => group.Key, group => group.OrderBy(t => t.Parameters).ToArray());
    }

    /// <summary>The endpoint of a call.</summary>
    /// <param name="method">Upper case.</param>
    /// <param name="path">Begins with <c>/2/</c>; no query.</param>
    public Endpoint Find(string method, ReadOnlySpan<char> path)
    {
        Span<Range> ranges = stackalloc Range[16];
        var trimmed = path.TrimStart('/').TrimEnd('/');
        var count = trimmed.Split(ranges, '/');
        if (_templates.TryGetValue((method, count), out var candidates))
        {
            foreach (var template in candidates)
            {
                if (template.Matches(trimmed, ranges[..count]))
                    return template.Endpoint;
            }
        }

        return Unknown(KeyOfUnknown(method, trimmed, ranges[..count]));
    }

    /// <summary>The endpoint with a key that <see cref="Find"/> returned before, perhaps in another process.</summary>
    public Endpoint ByKey(string key) => _byKey.GetValueOrDefault(key) ?? Unknown(key);

    private static Endpoint Unknown(string key)
    {
        var segments = key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        var family = segments.Length > 1 ? KnownEndpoints.FamilyOfUnknown(segments[1]) : "other";
        return new(key, family, [], [])
        {
            NotForwarded = KnownEndpoints.WhyNotForwarded([.. segments.Select(segment => segment.ToLowerInvariant())]),
        };
    }

    private static string KeyOfUnknown(string method, ReadOnlySpan<char> path, ReadOnlySpan<Range> segments)
    {
        var key = new System.Text.StringBuilder(method).Append(' ');
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = path[segments[i]];
            key.Append('/').Append(i > 0 && IsId(segment) ? "{id}" : segment);
        }

        return key.ToString();
    }

    // X's ids are numbers, begin with a digit, or have a letter before many digits; "oauth2", "sample10" and "me" are words.
    private static bool IsId(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty)
            return false;
        if (char.IsAsciiDigit(segment[0]) || segment[0] is '{')
            return true; // the second: ForwardRequest.AccountPlaceholder, or {id} itself
        var digits = 0;
        foreach (var c in segment)
        {
            if (char.IsAsciiDigit(c))
                digits++;
        }

        return digits > 3;
    }

    private sealed class Template
    {
        public Template(Endpoint endpoint)
        {
            Endpoint = endpoint;
            var space = endpoint.Key.IndexOf(' ', StringComparison.Ordinal);
            Method = endpoint.Key[..space];
            Segments = endpoint.Key[(space + 2)..].Split('/');
            Parameters = Segments.Count(IsParameter);
        }

        public Endpoint Endpoint { get; }

        public string Method { get; }

        public string[] Segments { get; }

        public int Parameters { get; }

        public bool Matches(ReadOnlySpan<char> path, ReadOnlySpan<Range> ranges)
        {
            for (var i = 0; i < Segments.Length; i++)
            {
                var segment = path[ranges[i]];
                var fits = Segments[i] switch
                {
                    "{username}" => !segment.IsEmpty,
                    var parameter when IsParameter(parameter) => IsId(segment),
                    var literal => segment.SequenceEqual(literal),
                };
                if (!fits)
                    return false;
            }

            return true;
        }

        private static bool IsParameter(string segment) => segment[0] == '{';
    }
}
