using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>An event, or a gap, as listeners get it.</summary>
/// <param name="Cursor">Its place; a listener that comes back with it gets what follows.</param>
/// <param name="At">When it came.</param>
/// <param name="Line">X's line, byte for byte, without its end; empty for a gap.</param>
/// <param name="Gap">What may be missing; null for an event.</param>
internal sealed record RelayedItem(StreamCursor Cursor, DateTimeOffset At, ReadOnlyMemory<byte> Line, StreamGap? Gap = null)
{
    /// <summary>Bytes that it takes in memory, about.</summary>
    public int Size => Line.Length + 160;

    /// <summary>Whether a listener that is at a place has it already.</summary>
    public bool IsUpTo(StreamCursor cursor) => Cursor.Epoch == cursor.Epoch && Cursor.Sequence <= cursor.Sequence;
}
