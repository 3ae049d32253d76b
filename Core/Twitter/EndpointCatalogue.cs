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

    private static readonly Template[] All = [.. KnownEndpoints.All.Select(endpoint => new Template(endpoint))];

    private readonly FrozenDictionary<string, Endpoint> _byKey;
    private readonly FrozenDictionary<(string Method, int Segments), Template[]> _templates;

    /// <summary>All families. Each has a circuit, and a client may be restricted to some.</summary>
    public static IReadOnlyList<string> Families { get; } =
    [.. KnownEndpoints.All.Select(endpoint => endpoint.Family).Concat(KnownEndpoints.FamiliesOfUnknown).Append("other").Distinct()];

    public EndpointCatalogue()
    {
        _byKey = KnownEndpoints.All.ToFrozenDictionary(endpoint => endpoint.Key, StringComparer.Ordinal);
        _templates = All.GroupBy(template => (template.Method, template.Segments.Length))
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

        return Unknown(KeyOfUnknown(method, trimmed, ranges[..count])) with
        {
            Misspelt = MisspeltWord(trimmed),
        };
    }

    /// <summary>The endpoint with a key that <see cref="Find"/> returned before, perhaps in another process.</summary>
    public Endpoint ByKey(string key) => _byKey.GetValueOrDefault(key) ?? Unknown(key);

    private static Endpoint Unknown(string key)
    {
        var segments = key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return new(key, FamilyOf(segments), [], [])
        {
            NotForwarded = KnownEndpoints.WhyNotForwarded([.. segments.Select(segment => WordOf(segment).ToString().ToLowerInvariant())]),
        };
    }

    // That of the longest known path it begins with, whatever the method: HEAD of a user's likes is "likes", as is what may be below.
    private static string FamilyOf(string[] segments) =>
        All.Where(template => template.Begins(segments)).MaxBy(template => (template.Segments.Length, -template.Parameters))
            is { Endpoint.Family: var family }
            ? family
        : segments.Length > 1 ? KnownEndpoints.FamilyOfUnknown(segments[1])
        : "other";

    private static string? MisspeltWord(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            var segment = path[range];
            if (Words.TryGetValue(WordOf(segment), out var word) && !segment.SequenceEqual(word))
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
