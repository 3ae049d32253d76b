using System.Text.Json;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>Recognises the line with which X announces the end of a connection.</summary>
internal static class StreamDisconnect
{
    private const string Disconnect = "operational-disconnect";

    /// <returns>Why X ends the connection, as a sentence; null for an event.</returns>
    public static string? ReasonIn(ReadOnlyMemory<byte> line)
    {
        if (line.Span.IndexOf("operational-disconnect"u8) < 0)
            return null;
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind is not JsonValueKind.Object || document.RootElement.TryGetProperty("data", out _))
                return null; // an event that speaks of it
        }
        catch (JsonException)
        {
            return null;
        }

        var problem = TwitterProblem.Of([], line);
        return problem.Type is Disconnect ? $"X ended the connection{problem.AsClause}" : null;
    }
}
