namespace OrleansTwitterProxy.Sandbox;

/// <summary>Reads a table that is built into this assembly: tab-separated, a header line, comments after #.</summary>
internal static class EmbeddedTable
{
    public static IEnumerable<string[]> Read(string name)
    {
        using var stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        var isHeader = true;
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            if (!isHeader)
                yield return line.Split('\t');
            isHeader = false;
        }
    }
}
