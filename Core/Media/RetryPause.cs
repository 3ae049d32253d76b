namespace OrleansTwitterProxy.Core.Media;

/// <summary>How long a flight rests between attempts that come to nothing: every one is a call that X counts, and a missing permission may take a day to mend.</summary>
internal sealed class RetryPause
{
    internal static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private TimeSpan _next = First;

    /// <summary>The pause now, each twice as long as the one before; or the time that was told, if that is longer.</summary>
    public TimeSpan Next(TimeSpan? told)
    {
        var pause = _next;
        _next = pause * 2 < Longest ? pause * 2 : Longest;
        return told > pause ? told.Value : pause;
    }

    /// <summary>Something came of it.</summary>
    public void Reset() => _next = First;
}
