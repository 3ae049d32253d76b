using System.Globalization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>A position in a list: the items after <paramref name="Key"/>, in the direction of older or newer items.</summary>
internal readonly record struct PageToken(long Key, bool TowardsNewer)
{
    private const string Prefix = "7140dibdnow9c7btw";

    public override string ToString() => $"{Prefix}{(TowardsNewer ? 'p' : 'n')}{Key:x}";

    public static PageToken? Parse(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length < Prefix.Length + 2)
            return null;
        var direction = text[Prefix.Length];
        if (direction is not ('n' or 'p'))
            return null;
        return long.TryParse(text.AsSpan(Prefix.Length + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var key)
            ? new PageToken(key, direction == 'p')
            : null;
    }
}

/// <summary>The requested part of a list.</summary>
internal sealed record PageRequest(int Size, PageToken? Token)
{
    public static PageRequest Everything { get; } = new(int.MaxValue - 1, null);

    /// <summary>Reads max_results, and the token by either of the names that X uses.</summary>
    public static PageRequest Read(QueryParameters query, int min, int max, int fallback)
    {
        var tokenName = query.Text("next_token") is null ? "pagination_token" : "next_token";
        var size = query.Int("max_results", min, max, fallback);
        if (query.Text(tokenName) is not { } text)
            return new PageRequest(size, null);
        var token = PageToken.Parse(text);
        if (token is null)
            query.Fail(tokenName, text, $"The `{tokenName}` query parameter value [{text}] is not valid");
        return new PageRequest(size, token);
    }
}

/// <summary>A part of a list, newest first, with the tokens of the next and previous parts.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, PageToken? Next, PageToken? Previous)
{
    /// <param name="items">All items by descending key; read only as far as needed.</param>
    public static Page<T> Take(IEnumerable<T> items, Func<T, long> keyOf, PageRequest request) =>
        request.Token is { TowardsNewer: true } token
            ? TakeNewer(items, keyOf, request.Size, token.Key)
            : TakeOlder(items, keyOf, request.Size, request.Token?.Key ?? long.MaxValue);

    public Page<TOther> Select<TOther>(Func<T, TOther> selector) => new([.. Items.Select(selector)], Next, Previous);

    private static Page<T> TakeOlder(IEnumerable<T> items, Func<T, long> keyOf, int size, long from)
    {
        var newerExists = false;
        var taken = new List<T>();
        foreach (var item in items)
        {
            if (keyOf(item) >= from)
                newerExists = true;
            else
                taken.Add(item);
            if (taken.Count > size)
                break;
        }
        var olderExists = taken.Count > size;
        if (olderExists)
            taken.RemoveAt(size);
        return Of(taken, keyOf, olderExists, newerExists);
    }

    private static Page<T> TakeNewer(IEnumerable<T> items, Func<T, long> keyOf, int size, long from)
    {
        var newer = items.TakeWhile(item => keyOf(item) > from).ToList();
        return Of(newer.Skip(newer.Count - size).ToList(), keyOf, olderExists: true, newerExists: newer.Count > size);
    }

    private static Page<T> Of(List<T> items, Func<T, long> keyOf, bool olderExists, bool newerExists) =>
        items.Count == 0
            ? new Page<T>(items, null, null)
            : new Page<T>(
                items,
                olderExists ? new PageToken(keyOf(items[^1]), false) : null,
                newerExists ? new PageToken(keyOf(items[0]), true) : null
            );
}
