namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// Lines whose next call waits for nothing of its own account's: what they still share are the app's windows. The line with the most urgent
/// call is first, among equals one account after the other. Not thread-safe.
/// </summary>
internal sealed class ReadyLines
{
    private readonly LinkedList<CallLine>?[] _lines = new LinkedList<CallLine>?[QueuedCall.LeastUrgent + 1];

    /// <summary>Whose turn it is; null when no line is ready.</summary>
    public CallLine? Next
    {
        get
        {
            foreach (var lines in _lines)
            {
                if (lines?.First is { } first)
                    return first.Value;
            }

            return null;
        }
    }

    /// <summary>
    /// Adds a line that is not empty behind those of its urgency; one that is there already moves only if its urgency has changed.
    /// </summary>
    public void Put(CallLine line)
    {
        var lines = _lines[line.Order.MostUrgent] ??= [];
        if (line.ReadyNode?.List == lines)
            return;
        Remove(line);
        line.ReadyNode = lines.AddLast(line);
    }

    public static void Remove(CallLine line)
    {
        line.ReadyNode?.List?.Remove(line.ReadyNode);
        line.ReadyNode = null;
    }
}
