using System.Threading.Channels;

namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>
/// Keeps a session that makes very many calls at once from holding everybody else's up: beyond so many under way, its calls begin one at a
/// time, each behind what else the process has to do by then. The others notice nothing of the lane, and pass it by. Thread-safe.
/// </summary>
public sealed class BurstLane
{
    /// <summary>Calls of one session under way that begin at once; those that wait for a limit of X's count.</summary>
    public const int AtOnce = 64;

    // Sessions are counted by their hash: no memory that grows with them. Two that share a count share the lane, and lose nothing else.
    private const int Counts = 4096;

    private readonly int[] _underWay = new int[Counts];
    private readonly Channel<TaskCompletionSource> _lane = Channel.CreateUnbounded<TaskCompletionSource>(new() { SingleReader = true });

    public BurstLane() => _ = Task.Run(RunAsync); // in nobody's context

    /// <summary>Lets a call of the session begin.</summary>
    /// <returns>To be disposed when the call has ended.</returns>
    public async ValueTask<Place> EnterAsync(string sessionId)
    {
        var place = new Place(this, (int)((uint)string.GetHashCode(sessionId, StringComparison.Ordinal) % Counts));
        if (Interlocked.Increment(ref _underWay[place.Index]) > AtOnce)
        {
            var turn = new TaskCompletionSource(); // what follows runs in the lane, as far as its first wait
            _lane.Writer.TryWrite(turn);
            await turn.Task;
        }

        return place;
    }

    private async Task RunAsync()
    {
        await foreach (var turn in _lane.Reader.ReadAllAsync())
        {
            await Task.Yield();
            turn.SetResult();
        }
    }

    /// <summary>A call's place among those of its session that are under way.</summary>
    /// <param name="Lane">Where it has been counted.</param>
    /// <param name="Index">Under which number.</param>
    public readonly record struct Place(BurstLane Lane, int Index) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref Lane._underWay[Index]);
    }
}
