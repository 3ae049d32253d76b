namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>
/// Counts waiting calls and the bytes of their bodies against their limits. A single client cannot use all of them, and neither can
/// background calls. Not thread-safe.
/// </summary>
/// <param name="most">Maximum number of waiting calls.</param>
/// <param name="mostBytes">Maximum bytes of their bodies.</param>
/// <param name="options">The shares.</param>
internal sealed class Places(int most, long mostBytes, QueueOptions options)
{
    private readonly Dictionary<string, (int Calls, long Bytes)> _byClient = new(StringComparer.Ordinal);

    public int Taken { get; private set; }

    public long Bytes { get; private set; }

    public int Most => most;

    public bool HasRoomFor(in QueuedCall call) =>
        Taken < (call.IsBackground ? Share(most, 1 - options.InteractiveShare) : most)
        && _byClient.GetValueOrDefault(call.ClientId).Calls < Share(most, options.ClientShare);

    // The shares apply only when bytes are already held: a single body may always wait if there is room for it.
    public bool HasBytesFor(in QueuedCall call) =>
        call.Bytes == 0
        || (
            Bytes + call.Bytes <= (call.IsBackground && Bytes > 0 ? Share(mostBytes, 1 - options.InteractiveShare) : mostBytes)
            && (BytesOf(call.ClientId) == 0 || BytesOf(call.ClientId) + call.Bytes <= Share(mostBytes, options.ClientShare))
        );

    public long BytesOf(string clientId) => _byClient.GetValueOrDefault(clientId).Bytes;

    public void Take(in QueuedCall call) => Add(call, 1);

    public void GiveBack(in QueuedCall call) => Add(call, -1);

    private void Add(in QueuedCall call, int sign)
    {
        var own = _byClient.GetValueOrDefault(call.ClientId);
        own = (own.Calls + sign, own.Bytes + (sign * call.Bytes));
        if (own.Calls == 0)
            _byClient.Remove(call.ClientId);
        else
            _byClient[call.ClientId] = own;
        (Taken, Bytes) = (Taken + sign, Bytes + (sign * call.Bytes));
    }

    private static long Share(long most, double share) => Math.Max(1, (long)(most * share));
}
