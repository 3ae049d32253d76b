namespace OrleansTwitterProxy.Settings;

/// <summary>Finds the name that was meant by a mistyped one.</summary>
internal static class NearestName
{
    /// <returns>
    /// The known name with the fewest changes, case aside; null if none is near: one change in a short name, three in a long one.
    /// </returns>
    public static string? To(string name, IEnumerable<string> known) => Within(Math.Clamp(name.Length / 3, 1, 3), name, known);

    /// <returns>The known name with the fewest changes, case aside; null if each has more than <paramref name="most"/>.</returns>
    public static string? Within(int most, string name, IEnumerable<string> known)
    {
        var (nearest, distance) = known
            .Select(candidate => (candidate, Distance: Changes(name, candidate)))
            .OrderBy(pair => pair.Distance)
            .FirstOrDefault((candidate: null!, Distance: int.MaxValue));
        return distance <= most ? nearest : null;
    }

    // Letters added, left out, replaced or swapped with their neighbour (optimal string alignment).
    private static int Changes(string from, string to)
    {
        var (a, b) = (from.ToUpperInvariant(), to.ToUpperInvariant());
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var replaced = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], 1 + table[i - 2, j - 2]);
            }
        }

        return table[a.Length, b.Length];
    }
}
