namespace OrleansTwitterProxy.Sandbox;

/// <summary>
/// A subset of X's query language: words and "phrases" found anywhere in the text, from:NAME, and a leading minus for not. All terms must
/// match.
/// </summary>
internal sealed class PostQuery(string query)
{
    private readonly List<(string Term, bool Negated)> _terms = [.. Split(query)];

    public bool Matches(Post post) => _terms.TrueForAll(term => Matches(term.Term, post) != term.Negated);

    private static bool Matches(string term, Post post) =>
        term.StartsWith("from:", StringComparison.OrdinalIgnoreCase)
            ? post.Author.Username.Equals(term["from:".Length..].TrimStart('@'), StringComparison.OrdinalIgnoreCase)
            : term switch
            {
                "is:retweet" => post.RepostOf is not null,
                "is:reply" => post.ReplyTo is not null,
                "is:quote" => post.QuoteOf is not null,
                "has:media" => post.Media.Count > 0,
                _ => post.Text.Contains(term, StringComparison.OrdinalIgnoreCase),
            };

    private static IEnumerable<(string Term, bool Negated)> Split(string query)
    {
        // Every second part is inside quotes.
        var parts = query.Split('"');
        var negatesPhrase = false;
        for (var i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 1)
            {
                yield return (parts[i], negatesPhrase);
                continue;
            }
            negatesPhrase = parts[i].EndsWith('-');
            foreach (var word in parts[i].Split([' ', '(', ')'], StringSplitOptions.RemoveEmptyEntries))
            {
                var negated = word.StartsWith('-');
                if (word.TrimStart('-') is { Length: > 0 } term)
                    yield return (term, negated);
            }
        }
    }
}
