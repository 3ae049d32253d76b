using System.Collections.Frozen;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Finds the endpoint of a method and path. Paths it does not know pass under a key of their own.</summary>
public sealed class EndpointCatalogue
{
    private readonly FrozenDictionary<string, Endpoint> _byKey;
    private readonly FrozenDictionary<(string Method, int Segments), Template[]> _templates;

    public EndpointCatalogue()
    {
        _byKey = KnownEndpoints.All.ToFrozenDictionary(endpoint => endpoint.Key, StringComparer.Ordinal);
        _templates = KnownEndpoints.All
            .Select(endpoint => new Template(endpoint))
            .GroupBy(template => (template.Method, template.Segments.Length))
            // Literal segments win over parameters, as X routes /2/users/me before /2/users/{id}.
            .ToFrozenDictionary(group => group.Key, group => group.OrderBy(t => t.Parameters).ToArray());
    }

    /// <summary>The endpoint that a call goes to.</summary>
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
                if (template.Matches(trimmed, ranges[..count])) return template.Endpoint;
            }
        }

        return Unknown(KeyOfUnknown(method, trimmed, ranges[..count]));
    }

    /// <summary>The endpoint that <see cref="Find"/> named before, perhaps in another process.</summary>
    public Endpoint ByKey(string key) => _byKey.GetValueOrDefault(key) ?? Unknown(key);

    private static Endpoint Unknown(string key)
    {
        var segments = key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        var family = segments.Length > 1 ? KnownEndpoints.FamilyOfUnknown(segments[1]) : "other";
        return new(key, family, [], []) { NotForwarded = KnownEndpoints.WhyNotForwarded(segments) };
    }

    private static string KeyOfUnknown(string method, ReadOnlySpan<char> path, ReadOnlySpan<Range> segments)
    {
        var key = new System.Text.StringBuilder(method).Append(' ');
        foreach (var range in segments)
        {
            var segment = path[range];
            key.Append('/').Append(segment.ContainsAnyInRange('0', '9') && segment.Length > 1 ? "{id}" : segment);
        }

        return key.ToString();
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
                if (!IsParameter(Segments[i]) && !path[ranges[i]].SequenceEqual(Segments[i])) return false;
            }

            return true;
        }

        private static bool IsParameter(string segment) => segment[0] == '{';
    }
}
