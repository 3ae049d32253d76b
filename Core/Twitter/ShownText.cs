using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// A post's text as X shows it: HTML entities for &amp;, &lt; and &gt;, every link replaced by t.co, an extra link for attached media or a
/// quoted post, the mentions of a reply in front, and the full text of a long post in <c>note_tweet</c>.
/// </summary>
internal static partial class ShownText
{
    /// <summary>Whether a shown post can be the result of a text that was sent.</summary>
    /// <param name="sent">The text as sent.</param>
    /// <param name="post">X's post, with <c>entities</c> and <c>note_tweet</c>.</param>
    /// <param name="isReply">Whether mentions may be added in front.</param>
    /// <param name="attachments">How many links for attachments may be added at the end.</param>
    public static bool IsOf(string sent, JsonElement post, bool isReply, int attachments)
    {
        var whole = post.TryGetProperty("note_tweet", out var note) && note.TryGetProperty("text", out _) ? note : post;
        if (!whole.TryGetProperty("text", out var text) || text.GetString() is not { } shown)
            return false;
        sent = Plain(sent);
        return Candidates(Plain(WebUtility.HtmlDecode(shown)), isReply, attachments).Any(candidate => Fits(sent, candidate, whole));
    }

    private static string Plain(string text) => text.Normalize().Replace("\r\n", "\n", StringComparison.Ordinal).Trim();

    private static IEnumerable<string> Candidates(string shown, bool isReply, int attachments)
    {
        foreach (var start in isReply ? [shown, Mentions().Replace(shown, "", 1)] : (string[])[shown])
        {
            var end = start;
            yield return end;
            for (var i = 0; i < attachments && LastLink().Match(end) is { Success: true } link; i++)
                yield return end = end[..link.Index];
        }
    }

    private static bool Fits(string sent, string shown, JsonElement post)
    {
        var (at, from) = (0, 0);
        foreach (Match link in Link().Matches(shown))
        {
            var before = shown.AsSpan(from, link.Index - from);
            if (!sent.AsSpan(at).StartsWith(before, StringComparison.Ordinal))
                return false;
            at += before.Length;
            if (
                Spellings(link.Value, post)
                    .FirstOrDefault(spelling => sent.AsSpan(at).StartsWith(spelling, StringComparison.OrdinalIgnoreCase))
                is not { } written
            )
                return false;
            at += written.Length;
            from = link.Index + link.Length;
        }

        return sent.AsSpan(at).SequenceEqual(shown.AsSpan(from));
    }

    // X writes out the link's target, with a scheme and perhaps a slash that the author omitted; longest first.
    private static IEnumerable<string> Spellings(string link, JsonElement post)
    {
        if (!post.TryGetProperty("entities", out var entities) || !entities.TryGetProperty("urls", out var urls))
            yield break;
        foreach (var url in urls.EnumerateArray())
        {
            if (
                url.GetProperty("url").GetString() != link
                || !url.TryGetProperty("expanded_url", out var expanded)
                || expanded.GetString() is not { } target
            )
                continue;
            var bare = target[(target.IndexOf("://", StringComparison.Ordinal) is var at && at < 0 ? 0 : at + 3)..];
            yield return target;
            yield return target.TrimEnd('/');
            yield return bare;
            yield return bare.TrimEnd('/');
        }
    }

    [GeneratedRegex(@"https://t\.co/[A-Za-z0-9]+")]
    private static partial Regex Link();

    [GeneratedRegex(@"\s*https://t\.co/[A-Za-z0-9]+$")]
    private static partial Regex LastLink();

    [GeneratedRegex(@"^(@[A-Za-z0-9_]{1,50}\s+)+")]
    private static partial Regex Mentions();
}
