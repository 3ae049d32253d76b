namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>How many calls wait, of how many that may: a share of the places is out of reach for one client alone, and one for background calls. Not thread-safe.</summary>
internal sealed class Places(int most, QueueOptions options)
{
    private readonly Dictionary<string, int> _byClient = new(StringComparer.Ordinal);

    public int Taken { get; private set; }

    public int Most => most;

    public bool HasRoomFor(in QueuedCall call) =>
        Taken < (call.IsBackground ? Share(1 - options.InteractiveShare) : most)
        && _byClient.GetValueOrDefault(call.ClientId) < Share(options.ClientShare);

    public void Take(in QueuedCall call)
    {
        Taken++;
        _byClient[call.ClientId] = _byClient.GetValueOrDefault(call.ClientId) + 1;
    }

    public void GiveBack(in QueuedCall call)
    {
        Taken--;
        if (--_byClient[call.ClientId] == 0) _byClient.Remove(call.ClientId);
    }

    private int Share(double share) => Math.Max(1, (int)(most * share));
}
