namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>
/// Keeps a session that makes very many calls at once from holding everybody else's up: beyond so many under way, its calls begin one at a
/// time with pauses between them, and so leave the processor to the others. Sessions in the lane take turns; who has few calls under way
/// notices nothing of it. Thread-safe.
/// </summary>
/// <param name="clock">Real time, whatever clock the proxy runs on: it is the processor that is shared.</param>
/// <param name="stopping">From then on nobody is held up: who waits is to be answered soon.</param>
public sealed class SessionThrottle(TimeProvider clock, CancellationToken stopping)
{
    /// <summary>Calls of one session under way that begin at once; those that wait for a limit of X's count.</summary>
    public const int AtOnce = 64;

    // Sessions are counted by their hash: no memory that grows with them. Two that share a count share a place in the lane, and lose
    // nothing else.
    private const int Counts = 4096;

    // A pause lasts as long as the machine's timers make it; the rate holds all the same, up to so many that are due together.
    private const int MostDue = 4;

    /// <summary>Up to 500 calls a second. X grants an account some hundreds in a quarter of an hour.</summary>
    internal static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(2);

    private readonly int[] _underWay = new int[Counts];
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Queue<TaskCompletionSource>> _waiting = [];
    private readonly Queue<int> _turns = []; // every count that waits, once
    private bool _isMoving;

    /// <summary>Lets a call of the session begin.</summary>
    /// <returns>To be disposed when the call has ended.</returns>
    /// <exception cref="OperationCanceledException">The caller left before its turn.</exception>
    public async ValueTask<Place> EnterAsync(string sessionId, CancellationToken aborted)
    {
        var place = new Place(this, IndexOf(sessionId), TimeSpan.Zero);
        if (Interlocked.Increment(ref _underWay[place.Index]) <= AtOnce)
            return place;
        var came = clock.GetTimestamp();
        var turn = new TaskCompletionSource(); // what follows runs in the lane, as far as its first wait
        using var leaving = aborted.UnsafeRegister(static turn => ((TaskCompletionSource)turn!).TrySetCanceled(), turn);
        Enqueue(place.Index, turn);
        try
        {
            await turn.Task;
        }
        catch (OperationCanceledException)
        {
            place.Dispose();
            throw;
        }

        return place with
        {
            Waited = clock.GetElapsedTime(came),
        };
    }

    internal static int IndexOf(string sessionId) => (int)((uint)string.GetHashCode(sessionId, StringComparison.Ordinal) % Counts);

    private void Enqueue(int index, TaskCompletionSource turn)
    {
        lock (_lock)
        {
            if (_waiting.TryGetValue(index, out var queue))
            {
                queue.Enqueue(turn);
            }
            else
            {
                _waiting.Add(index, new([turn]));
                _turns.Enqueue(index);
            }

            if (_isMoving)
                return;
            _isMoving = true;
        }

        _ = Task.Run(MoveAsync, CancellationToken.None); // in nobody's context
    }

    private async Task MoveAsync()
    {
        var (due, paused) = (1, clock.GetTimestamp());
        while (Next() is { } turn)
        {
            if (!turn.TrySetResult())
                continue; // its caller has left
            if (--due > 0)
                continue;
            await Task.Delay(Spacing, clock, stopping)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            due = Math.Clamp((int)(clock.GetElapsedTime(paused) / Spacing), 1, MostDue);
            paused = clock.GetTimestamp();
        }
    }

    private TaskCompletionSource? Next()
    {
        lock (_lock)
        {
            if (!_turns.TryDequeue(out var index))
            {
                _isMoving = false;
                return null;
            }

            var queue = _waiting[index];
            var turn = queue.Dequeue();
            if (queue.Count > 0)
                _turns.Enqueue(index);
            else
                _waiting.Remove(index);
            return turn;
        }
    }

    /// <summary>A call's place among those of its session that are under way.</summary>
    /// <param name="Lane">Where it has been counted.</param>
    /// <param name="Index">Under which number.</param>
    /// <param name="Waited">How long it was held up.</param>
    public readonly record struct Place(SessionThrottle Lane, int Index, TimeSpan Waited) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref Lane._underWay[Index]);
    }
}
