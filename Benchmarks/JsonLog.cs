using System.Text.Json;
using OrleansTwitterProxy.Fuzzing;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>Reads what the console logger writes as JSON. Other lines are for people: the banner.</summary>
internal static class JsonLog
{
    public static IReadOnlyList<LogLine> Read(IEnumerable<string> lines) => [.. lines.Select(Parse).OfType<LogLine>()];

    private static LogLine? Parse(string line)
    {
        if (!line.StartsWith('{'))
            return line.StartsWith("Unhandled exception", StringComparison.Ordinal) ? new("Critical", "", line, line) : null;
        using var entry = JsonDocument.Parse(line);
        return new(TextOf("LogLevel"), TextOf("Category"), TextOf("Message"), TextOf("Exception"));

        string TextOf(string name) => entry.RootElement.TryGetProperty(name, out var value) ? value.ToString() : "";
    }
}
