using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>One listener's place in a stream.</summary>
/// <param name="relay">The stream, at this front end.</param>
/// <param name="leave">Called once, at the end.</param>
internal sealed class StreamListener(StreamRelay relay, Action leave) : IDisposable
{
    private long _next;
    private bool _hasRead;
    private StreamGap? _gap; // told first
    private StreamCursor? _after; // another front end may have been ahead of this one

    /// <summary>Waits until X is connected.</summary>
    /// <returns>Null; or what to answer instead, if X refuses or the time is over.</returns>
    public async Task<ForwardResponse?> ConnectAsync(TimeSpan atMost, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(atMost, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        while (true)
        {
            var changed = relay.Changed;
            switch (relay.State)
            {
                case { State: StreamState.Connected }:
                    _next = relay.Next;
                    return null;
                case { Failure: { } failure }:
                    return failure;
            }

            try
            {
                await changed.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return ForwardResponse.Rejected(
                    new(RejectionReason.UpstreamTimeout, "X did not open the stream in time.", TimeSpan.FromSeconds(5))
                );
            }
        }
    }

    /// <summary>Begins after an item that the listener had before; what is missing between the two is told as a gap.</summary>
    public void Resume(StreamCursor cursor, DateTimeOffset now)
    {
        _after = cursor;
        _next = relay.After(cursor, out var isWhole);
        if (!isWhole)
            _gap = new(null, now, $"What came after {cursor} is not kept, or not all of it.");
    }

    /// <summary>Begins with what came since an instant, as far as it is kept.</summary>
    public void Backfill(DateTimeOffset since)
    {
        _next = relay.Since(since, out var isWhole);
        if (!isWhole)
            _gap = new(since, since, "What came first in the time that was asked for is not kept.");
    }

    /// <summary>Waits for items.</summary>
    /// <param name="atMost">How long.</param>
    /// <param name="timeProvider">Our clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The next items, or none when the time is over; or why there are no more.</returns>
    public async Task<Next> ReadAsync(TimeSpan atMost, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (_gap is { } gap)
        {
            _gap = null;
            return new([new(new("", 0), default, default, gap)]);
        }

        var changed = relay.Changed;
        var items = relay.Read(_next, out var next);
        if (items is { Count: 0 } && !relay.State.IsFinal)
        {
            await changed.WaitAsync(atMost, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            items = relay.Read(_next, out next);
        }

        if (items is null && !_hasRead)
        {
            // It began with the oldest item, which was dropped just then.
            (_next, _hasRead) = (relay.First, true);
            return new([new(new("", 0), default, default, new(null, null, "What it would have begun with is not kept any more."))]);
        }

        (_next, _hasRead) = (next, true);
        if (items is null)
            return new([], StreamEnd.SlowListener);
        return items.Count == 0 && relay.State is { IsFinal: true } over
            ? new([], StreamEnd.Refused(over.Failure!))
            : new(_after is null ? items : items.FindAll(item => !item.IsUpTo(_after)));
    }

    public void Dispose() => leave();

    /// <param name="Items">In order; none for a keep-alive.</param>
    /// <param name="End">Set when the stream is over for the listener.</param>
    public readonly record struct Next(IReadOnlyList<RelayedItem> Items, StreamEnd? End = null);
}
