using System.Text;
using System.Text.RegularExpressions;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's rules for the length and the entities of a post's text.</summary>
internal static partial class PostText
{
    public const int MaxWeight = 280;
    private const int LinkWeight = 23;

    /// <summary>X's weighted length: Latin-like characters 1, others 2, every link 23.</summary>
    public static int Weigh(string text)
    {
        var links = Link().Count(text);
        return (links * LinkWeight) + Link().Replace(text, "").EnumerateRunes().Sum(Weigh);
    }

    public static bool HasLink(string text) => Link().IsMatch(text);

    public static IReadOnlyList<string> Mentions(string text) =>
        text.Contains('@', StringComparison.Ordinal) ? [.. Mention().Matches(text).Select(match => match.Groups[1].Value).Distinct()] : [];

    /// <summary>The ranges of twitter-text's configuration v3.</summary>
    private static int Weigh(Rune rune) =>
        rune.Value is <= 4351 or (>= 8192 and <= 8205) or (>= 8208 and <= 8223) or (>= 8242 and <= 8247) ? 1 : 2;

    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![A-Za-z0-9_])@([A-Za-z0-9_]{1,50})")]
    private static partial Regex Mention();
}
