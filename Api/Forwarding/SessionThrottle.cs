namespace OrleansTwitterProxy.Api.Forwarding;

/// <summary>
/// Limits the effect that a session with very many calls has on other callers. Above <see cref="AtOnce"/> calls in flight, the session's
/// further calls start one at a time with pauses between them, which leaves the processor to others. Waiting sessions take turns. Sessions
/// below the limit are not affected. Thread-safe.
/// </summary>
/// <param name="clock">Real time, even if the proxy runs on a fake clock: the shared resource is the processor.</param>
/// <param name="stopping">Once cancelled, no call waits any more, so that waiting calls are answered soon.</param>
public sealed class SessionThrottle(TimeProvider clock, CancellationToken stopping)
{
    /// <summary>Calls in flight up to which a session's calls start at once; calls that wait for X's limits count.</summary>
    public const int AtOnce = 64;

    // Sessions are counted by hash, so the memory does not grow with them. Sessions with the same hash share a count and a turn, nothing
    // else.
    private const int Counts = 4096;

    // A pause lasts as long as the machine's timers make it. After a long pause up to this many calls start together, which keeps the rate.
    private const int MostDue = 4;

    /// <summary>Up to 500 calls a second. X allows an account some hundreds in 15 minutes.</summary>
    internal static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(2);

    private readonly int[] _underWay = new int[Counts];
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Queue<TaskCompletionSource>> _waiting = [];
    private readonly Queue<int> _turns = []; // every count with waiting calls, once
    private bool _isMoving;

    /// <summary>Waits until a call of the session may start.</summary>
    /// <returns>To be disposed when the call has ended.</returns>
    /// <exception cref="OperationCanceledException">The caller left before its turn.</exception>
    public async ValueTask<Place> EnterAsync(string sessionId, CancellationToken aborted)
    {
        var place = new Place(this, IndexOf(sessionId), TimeSpan.Zero);
        if (Interlocked.Increment(ref _underWay[place.Index]) <= AtOnce)
            return place;
        var came = clock.GetTimestamp();
        var turn = new TaskCompletionSource(); // continuations run inline in MoveAsync, up to their first wait
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

        _ = Task.Run(MoveAsync, CancellationToken.None); // without the caller's synchronization context
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

    /// <summary>A call's place among the in-flight calls of its session.</summary>
    /// <param name="Lane">The throttle that counts it.</param>
    /// <param name="Index">The number of its count.</param>
    /// <param name="Waited">How long it waited.</param>
    public readonly record struct Place(SessionThrottle Lane, int Index, TimeSpan Waited) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref Lane._underWay[Index]);
    }
}
