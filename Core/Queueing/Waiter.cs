using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>The queue's view of a call.</summary>
/// <param name="EndpointKey">The endpoint whose windows it needs.</param>
/// <param name="ClientId">Its client; the clients of an account take turns.</param>
/// <param name="SessionId">The session that may see its place.</param>
/// <param name="Urgency">0 to 7, as in RFC 9218: lower is more urgent, 4 and higher is background.</param>
/// <param name="RequestId">The caller's id for the call; null for none.</param>
/// <param name="Bytes">Size of its body.</param>
/// <param name="IsShared">Whether other clients use the account too.</param>
/// <param name="IsOverShare">Whether it is a background call because its client has had its share of the window.</param>
public readonly record struct QueuedCall(
    string EndpointKey,
    string ClientId,
    string SessionId,
    int Urgency,
    string? RequestId,
    long Bytes,
    bool IsShared = false,
    bool IsOverShare = false
)
{
    /// <summary>Urgency of a call without Priority (RFC 9218 section 4.1).</summary>
    public const int DefaultUrgency = 3;

    /// <summary>The highest urgency of a background call.</summary>
    public const int BackgroundUrgency = DefaultUrgency + 1;

    /// <summary>The lowest urgency.</summary>
    public const int LeastUrgent = 7;

    /// <summary>Whether it goes with the app's own token.</summary>
    public bool IsAppOnly { get; init; }

    public bool IsBackground => Urgency > DefaultUrgency;

    /// <summary>
    /// The call as the queue treats it: a client that has had its share of an account's window, while others use the account too, makes
    /// background calls until the window resets.
    /// </summary>
    internal QueuedCall Ranked(in CallWindows windows, double share, DateTimeOffset now) =>
        IsShared && !IsBackground && windows.Account.IsOverShare(ClientId, share, now)
            ? this with
            {
                Urgency = BackgroundUrgency,
                IsOverShare = true,
            }
            : this;
}

/// <summary>How a wait ended: with permits to call X, or with a rejection.</summary>
public readonly record struct Turn(CallPermits Permits, Rejection? Rejection)
{
    public static implicit operator Turn(Rejection rejection) => new(default, rejection);
}

/// <summary>One waiting call. All but <see cref="Ended"/> is guarded by the line's owner.</summary>
/// <param name="call">The call.</param>
/// <param name="ticket">Its number; a client's calls are ordered by it.</param>
/// <param name="leavesAt">When it gives up.</param>
internal sealed class Waiter(in QueuedCall call, long ticket, DateTimeOffset leavesAt)
{
    // Continuations run asynchronously: in a grain on the grain's scheduler, and never under the line's lock.
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string ClientId { get; } = call.ClientId;

    public string SessionId { get; } = call.SessionId;

    /// <summary>Changed only while it is in no line.</summary>
    public int Urgency { get; set; } = call.Urgency;

    public bool IsShared { get; } = call.IsShared;

    public string? RequestId { get; } = call.RequestId;

    public long Ticket => ticket;

    public DateTimeOffset LeavesAt => leavesAt;

    /// <summary>Completes when the call has left the line with a <see cref="Turn"/>.</summary>
    public Task Ended => _ended.Task;

    /// <summary>How its wait ended; null while it waits, and after it gave up.</summary>
    public Turn? Turn { get; private set; }

    /// <summary>Its place in the line; null when it is in no line.</summary>
    public LinkedListNode<Waiter>? Node { get; set; }

    /// <summary>Ends the wait. The caller removes it from the line in the same lock, so this happens once.</summary>
    public void End(in Turn turn)
    {
        Turn = turn;
        _ended.SetResult();
    }
}
