using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Queueing;

/// <summary>What the queue has to know of a call.</summary>
/// <param name="EndpointKey">Whose windows it needs.</param>
/// <param name="ClientId">The application it comes from: clients of one account take turns.</param>
/// <param name="SessionId">Who may see its place.</param>
/// <param name="Urgency">0 to 7, as in RFC 9218: lower goes first, from 4 on it is background.</param>
/// <param name="RequestId">What the caller calls it; null when nothing.</param>
/// <param name="Bytes">What it holds in memory.</param>
public readonly record struct QueuedCall(string EndpointKey, string ClientId, string SessionId, int Urgency, string? RequestId, long Bytes)
{
    /// <summary>Urgency of a call that names none (RFC 9218 section 4.1).</summary>
    public const int DefaultUrgency = 3;

    /// <summary>The least urgent there is.</summary>
    public const int LeastUrgent = 7;

    public bool IsBackground => Urgency > DefaultUrgency;
}

/// <summary>How a wait ended: with permits to call X, or with a refusal.</summary>
public readonly record struct Turn(CallPermits Permits, Rejection? Rejection)
{
    public static implicit operator Turn(Rejection rejection) => new(default, rejection);
}

/// <summary>One call in the line. All but <see cref="Ended"/> is guarded by the line's owner.</summary>
/// <param name="call">The call.</param>
/// <param name="ticket">Its number: of one client the lower goes first.</param>
/// <param name="leavesAt">When it gives up.</param>
internal sealed class Waiter(in QueuedCall call, long ticket, DateTimeOffset leavesAt)
{
    // Continuations run elsewhere: in a grain on the grain's scheduler, and never under the line's lock.
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string ClientId { get; } = call.ClientId;

    public string SessionId { get; } = call.SessionId;

    public int Urgency { get; } = call.Urgency;

    public string? RequestId { get; } = call.RequestId;

    public long Ticket => ticket;

    public DateTimeOffset LeavesAt => leavesAt;

    /// <summary>Completes when it has left the line with a <see cref="Turn"/>.</summary>
    public Task Ended => _ended.Task;

    /// <summary>How its wait has ended; null while it waits, and when it gave up.</summary>
    public Turn? Turn { get; private set; }

    /// <summary>Where it stands; null when it stands in no line any more.</summary>
    public LinkedListNode<Waiter>? Node { get; set; }

    /// <summary>Ends the wait; it has left the line in the same section, so this happens once.</summary>
    public void End(in Turn turn)
    {
        Turn = turn;
        _ended.SetResult();
    }
}
