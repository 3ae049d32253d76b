namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// Lines whose next call is not blocked by its own account; it may still be blocked by the app-wide windows. The line with the most urgent
/// call is first; lines of the same urgency take turns. Not thread-safe.
/// </summary>
internal sealed class ReadyLines
{
    private readonly LinkedList<CallLine>?[] _lines = new LinkedList<CallLine>?[QueuedCall.LeastUrgent + 1];

    /// <summary>The line whose turn it is; null when none is ready.</summary>
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
    /// The line whose turn it is, after clients that have had their share have let others go first; null when none is ready.
    /// </summary>
    public CallLine? NextAt(DateTimeOffset now)
    {
        while (Next is { } line)
        {
            if (!line.YieldNext(now))
                return line;
            Put(line);
        }

        return null;
    }

    /// <summary>
    /// Adds a line behind those of its urgency. A line that is already there moves only if its urgency has changed. The line must not be
    /// empty.
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
