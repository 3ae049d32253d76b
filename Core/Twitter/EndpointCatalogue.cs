using System.Buffers;
using System.Collections.Frozen;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Finds the endpoint of a method and path. Unknown paths get a key of their own.</summary>
public sealed class EndpointCatalogue
{
    // The literal segments by which paths are told apart. X's are all lower case.
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Words = KnownEndpoints
        .All.SelectMany(endpoint => endpoint.Key.Split('/').Skip(2))
        .Where(segment => segment[0] != '{')
        .Concat(KnownEndpoints.FamiliesOfUnknown)
        .Concat(KnownEndpoints.WordsNotForwarded)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly SearchValues<char> WordCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    private readonly FrozenDictionary<string, Endpoint> _byKey = KnownEndpoints.All.ToFrozenDictionary(
        endpoint => endpoint.Key,
        StringComparer.Ordinal
    );

    // By the first noun, which is a literal in every template.
    private readonly FrozenDictionary<string, Noun>.AlternateLookup<ReadOnlySpan<char>> _nouns = KnownEndpoints
        .All.Select(endpoint => new Template(endpoint))
        .GroupBy(template => template.Segments[1])
        .ToFrozenDictionary(group => group.Key, group => new Noun([.. group]), StringComparer.Ordinal)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>All families, by name. Each has a circuit, and a client may be restricted to some.</summary>
    public static IReadOnlyList<string> Families { get; } =
    [
        .. KnownEndpoints
            .All.Select(endpoint => endpoint.Family)
            .Concat(KnownEndpoints.FamiliesOfUnknown)
            .Append(KnownEndpoints.Other)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The endpoint of a call.</summary>
    /// <param name="method">Upper case.</param>
    /// <param name="path">Begins with <c>/2/</c>; no query.</param>
    public Endpoint Find(string method, ReadOnlySpan<char> path)
    {
        Span<Range> ranges = stackalloc Range[16];
        var trimmed = path.TrimStart('/').TrimEnd('/');
        var count = trimmed.Split(ranges, '/');
        return Known(method, trimmed, ranges[..count])
            ?? Unknown(KeyOfUnknown(method, trimmed, ranges[..count])) with
            {
                Misspelt = MisspeltWord(trimmed),
            };
    }

    /// <summary>
    /// The endpoint with a key that <see cref="Find"/> returned before, perhaps in another process, or in a version whose catalogue did not
    /// have it.
    /// </summary>
    public Endpoint ByKey(string key) => _byKey.GetValueOrDefault(key) ?? KnownSince(key) ?? Unknown(key);

    private Endpoint? Known(string method, ReadOnlySpan<char> path, ReadOnlySpan<Range> segments) =>
        segments.Length > 1 && _nouns.TryGetValue(path[segments[1]], out var noun) ? noun.Find(method, path, segments) : null;

    // The key of an unknown path is a path with {id} for every id.
    private Endpoint? KnownSince(string key)
    {
        Span<Range> ranges = stackalloc Range[16];
        var space = key.IndexOf(' ', StringComparison.Ordinal);
        var path = key.AsSpan(space + 1).TrimStart('/');
        return Known(key[..space], path, ranges[..path.Split(ranges, '/')]);
    }

    private Endpoint Unknown(string key)
    {
        var segments = key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return new(key, FamilyOf(segments), [], [])
        {
            NotForwarded = KnownEndpoints.WhyNotForwarded([.. segments.Select(segment => WordOf(segment).ToString().ToLowerInvariant())]),
        };
    }

    // That of the longest known path it begins with, whatever the method: HEAD of a user's likes is "likes", as is what may be below.
    private string FamilyOf(string[] segments) =>
        segments.Length < 2 ? KnownEndpoints.Other
        : _nouns.TryGetValue(segments[1], out var noun) && noun.LongestBeginningOf(segments) is { Endpoint.Family: var family } ? family
        : KnownEndpoints.FamilyOfUnknown(segments[1]);

    private static string? MisspeltWord(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            // The second is for words with a dot, of which X has one: openapi.json.
            if ((Words.TryGetValue(WordOf(segment), out var word) || Words.TryGetValue(segment, out word)) && !segment.SequenceEqual(word))
                return $"The path has '{segment}', which X may read as '{word}'. Write '{word}'.";
        }

        return null;
    }

    // "likes" of "likes.json", "likes%20" and "~likes".
    private static ReadOnlySpan<char> WordOf(ReadOnlySpan<char> segment)
    {
        var start = segment.IndexOfAny(WordCharacters);
        var word = start < 0 ? [] : segment[start..];
        var end = word.IndexOfAnyExcept(WordCharacters);
        return end < 0 ? word : word[..end];
    }

    // In lower case: two spellings of a path that X takes for one share their windows.
    private static string KeyOfUnknown(string method, ReadOnlySpan<char> path, ReadOnlySpan<Range> segments)
    {
        var key = new System.Text.StringBuilder(method).Append(' ');
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = path[segments[i]];
            key.Append('/').Append(i > 0 && IsId(segment) ? "{id}" : segment.ToString().ToLowerInvariant());
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

    /// <summary>The templates that begin with one noun.</summary>
    private sealed class Noun(Template[] templates)
    {
        private readonly FrozenDictionary<(string Method, int Segments), SameSize> _bySize = templates
            .GroupBy(template => (template.Method, template.Segments.Length))
            .ToFrozenDictionary(group => group.Key, group => new SameSize(group));

        public Endpoint? Find(string method, ReadOnlySpan<char> path, ReadOnlySpan<Range> segments) =>
            _bySize.TryGetValue((method, segments.Length), out var templates) ? templates.Find(path, segments) : null;

        public Template? LongestBeginningOf(string[] path) =>
            templates.Where(template => template.Begins(path)).MaxBy(template => (template.Segments.Length, -template.Parameters));
    }

    /// <summary>Templates of one noun, method and number of segments.</summary>
    private sealed class SameSize(IEnumerable<Template> templates)
    {
        // By the last segment, by which most differ; under "" those that end in a parameter.
        private readonly Dictionary<string, Template[]>.AlternateLookup<ReadOnlySpan<char>> _byLast = templates
            .GroupBy(template => template.LastLiteral)
            .ToDictionary(group => group.Key, group => group.OrderBy(template => template.Parameters).ToArray(), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();

        // Literal segments take precedence over parameters, as X routes /2/users/me before /2/users/{id}.
        public Endpoint? Find(ReadOnlySpan<char> path, ReadOnlySpan<Range> segments) =>
            Find(path[segments[^1]], path, segments) ?? Find("", path, segments);

        private Endpoint? Find(ReadOnlySpan<char> last, ReadOnlySpan<char> path, ReadOnlySpan<Range> segments)
        {
            if (_byLast.TryGetValue(last, out var candidates))
            {
                foreach (var template in candidates)
                {
                    if (template.Matches(path, segments))
                        return template.Endpoint;
                }
            }

            return null;
        }
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

        /// <summary>The last segment; empty when it is a parameter.</summary>
        public string LastLiteral => IsParameter(Segments[^1]) ? "" : Segments[^1];

        public bool Matches(ReadOnlySpan<char> path, ReadOnlySpan<Range> ranges)
        {
            for (var i = 0; i < Segments.Length; i++)
            {
                var segment = path[ranges[i]];
                var fits = Segments[i] switch
                {
                    // These may look like words.
                    "{username}" or "{endpoint_id}" or "{media_hash_key}" or "{resource_id}" => !segment.IsEmpty,
                    var parameter when IsParameter(parameter) => IsId(segment),
                    var literal => segment.SequenceEqual(literal),
                };
                if (!fits)
                    return false;
            }

            return true;
        }

        /// <summary>Whether a path begins with this one; anything stands for a parameter.</summary>
        public bool Begins(string[] path)
        {
            if (path.Length < Segments.Length)
                return false;
            for (var i = 0; i < Segments.Length; i++)
            {
                if (!IsParameter(Segments[i]) && Segments[i] != path[i])
                    return false;
            }

            return true;
        }

        private static bool IsParameter(string segment) => segment[0] == '{';
    }
}
