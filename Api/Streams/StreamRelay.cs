using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Concurrency;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Streams;

namespace OrleansTwitterProxy.Api.Streams;

/// <summary>
/// One stream for all of its listeners at this front end: reads the stream's grain once for all of them, and keeps the newest items. It is
/// over when the last listener has left. Thread-safe.
/// </summary>
/// <param name="stream">The stream's grain.</param>
/// <param name="options">What is kept.</param>
/// <param name="timeProvider">Our clock.</param>
/// <param name="logger">Logs what should not happen.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "It disposes of what it has when it is over.")]
internal sealed partial class StreamRelay(IEventStream stream, StreamOptions options, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>How long the grain may let a read wait.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private readonly ChangeSignal _changes = new();
    private readonly Lock _lock = new(); // guards everything below
    private readonly RecentItems<RelayedItem> _items = new(options.BufferEvents, options.BufferBytes, item => item.Size);
    private StreamQuery? _query;
    private int _listeners;
    private bool _isReading;
    private bool _isOver;
    private CancellationTokenSource _again = new(); // ends the present read, for another is to follow
    private RelayState _state = new(StreamState.Connecting);
    private StreamCursor? _last; // as far as it has read
    private bool _isCaughtUp;
    private DateTimeOffset _heardAt;
    private DateTimeOffset? _lostAt;

    /// <summary>Completes at the next change. Take it before looking.</summary>
    public Task Changed => _changes.Next;

    /// <summary>Adds a listener, unless this is over.</summary>
    /// <param name="query">What it asks X for.</param>
    /// <param name="rejection">StreamInUse, if it asks for what the others do not: then it is not added.</param>
    public bool TryJoin(StreamQuery query, out Rejection? rejection)
    {
        lock (_lock)
        {
            rejection = null;
            if (_isOver)
                return false;
            (var merged, rejection) = _query is null ? query : _query.Merge(query);
            if (merged is null)
                return true;
            if (_query is not null && merged.ToString() != _query.ToString())
                _ = _again.CancelAsync();
            _query = merged;
            _listeners++;
            if (!_isReading)
                Start();
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            if (--_listeners == 0)
                _ = _again.CancelAsync(); // the grain counts readers
        }
    }

    /// <summary>Whether X is connected, and the failure if not. Connected only once all that the grain had kept is here.</summary>
    public RelayState State
    {
        get
        {
            lock (_lock)
                return _state.State is StreamState.Connected && !_isCaughtUp ? new(StreamState.Connecting) : _state;
        }
    }

    /// <summary>The items from a number on, some at a time.</summary>
    /// <param name="from">The number.</param>
    /// <param name="next">The number after the last.</param>
    /// <returns>The items; null when some of them are not kept any more.</returns>
    public List<RelayedItem>? Read(long from, out long next)
    {
        const int Count = 256;
        const int Bytes = 64 * 1024;
        lock (_lock)
        {
            next = from;
            if (from < _items.First)
                return null;
            var read = _items.Read(from, Count, Bytes);
            next += read.Count;
            return read;
        }
    }

    /// <summary>Number of the next item.</summary>
    public long Next
    {
        get
        {
            lock (_lock)
                return _items.Next;
        }
    }

    /// <summary>Number of the oldest item that came since an instant.</summary>
    public long Since(DateTimeOffset instant)
    {
        lock (_lock)
            return _items.Find(item => item.At >= instant);
    }

    /// <summary>Number of the item after a cursor.</summary>
    /// <param name="cursor">The last item that a listener has.</param>
    /// <param name="isWhole">Whether nothing between the two is missing.</param>
    public long After(StreamCursor cursor, out bool isWhole)
    {
        lock (_lock)
        {
            var first = _items.Find(item => item.Cursor.Epoch == cursor.Epoch);
            if (first == _items.Next)
            {
                // Nothing has come since, if the present activation has numbered nothing after it.
                isWhole = _last == cursor;
                return isWhole ? _items.Next : _items.First;
            }

            isWhole = _items.Read(first, 1, 0)[0].Cursor.Sequence <= cursor.Sequence + 1;
            var after = _items.Find(item => item.Cursor.Epoch == cursor.Epoch && item.Cursor.Sequence > cursor.Sequence);
            return after < _items.Next ? after : AfterEpoch(first, cursor.Epoch);
        }
    }

    private long AfterEpoch(long first, string epoch)
    {
        while (first < _items.Next && _items.Read(first, 1, 0)[0].Cursor.Epoch == epoch)
            first++;
        return first;
    }

    private void Start()
    {
        (_isReading, _state, _isCaughtUp) = (true, new(StreamState.Connecting), false);
        _ = Task.Run(ReadAsync, CancellationToken.None);
    }

    private async Task ReadAsync()
    {
        var pause = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));
        var known = -1L;
        while (Ask(known, out var again) is { } read)
        {
            var (batch, rejection) = await ReadAsync(read, again);
            if (batch is not null)
            {
                pause.Reset();
                known = batch.StateVersion;
                if (!Take(batch))
                    return;
            }
            else if (rejection is not null)
            {
                var isFinal = rejection.Reason is RejectionReason.StreamInUse || !ProblemTable.Of(rejection.Reason).Retryable;
                if (!Fail(rejection, isFinal))
                    return;
                await Task.Delay(pause.Next(), timeProvider, CancellationToken.None);
            }
        }
    }

    private async Task<Result<StreamBatch>> ReadAsync(StreamRead read, CancellationToken again)
    {
        try
        {
            return await stream.ReadAsync(read, again);
        }
        catch (OperationCanceledException) when (again.IsCancellationRequested)
        {
            return default;
        }
        catch (Exception e) when (LostCall.IsReportedBy(e, again))
        {
            return LostCall.MayBeRepeated;
        }
        catch (Exception e)
        {
            LogFailed(e);
            return StreamRejections.Failed();
        }
    }

    private StreamRead? Ask(long known, out CancellationToken again)
    {
        lock (_lock)
        {
            again = default;
            if (_listeners == 0)
            {
                (_isReading, _isOver) = (false, true);
                _again.Dispose();
                return null;
            }

            if (_again.IsCancellationRequested)
            {
                _again.Dispose();
                _again = new();
            }

            again = _again.Token;
            return new(_query!.ToString(), _last, known, Wait);
        }
    }

    // False once there is nothing more to read.
    private bool Take(StreamBatch batch)
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            if (_last is not null && _last.Epoch != batch.Epoch)
                _lostAt ??= _heardAt;
            var last = _last?.Epoch == batch.Epoch ? _last.Sequence : 0;
            if (_lostAt is { } lost && (batch.State is StreamState.Connected || batch.Items.Length > 0))
            {
                _items.Add(
                    GapBefore(
                        batch,
                        new(lost, now, "The silo that held the connection to X was lost or stopped; another one has connected.")
                    )
                );
                _lostAt = null;
            }
            else if (_last is not null && batch.Items is [var first, ..] && first.Sequence > last + 1)
            {
                _items.Add(GapBefore(batch, new(_heardAt, first.At, "Events came faster than this front end could read them.")));
            }

            foreach (var item in batch.Items)
                _items.Add(new(new(batch.Epoch, item.Sequence), item.At, item.Line, item.Gap));
            _last = new(batch.Epoch, batch.Items is [.., var newest] ? newest.Sequence : Math.Max(last, batch.Head));
            _isCaughtUp |= _last.Sequence == batch.Head;
            (_heardAt, _state) = (now, new(batch.State, batch.Failure, batch.IsFinal));
            _isReading = !batch.IsFinal;
            _changes.Raise();
            return _isReading;
        }
    }

    private bool Fail(Rejection rejection, bool isFinal)
    {
        lock (_lock)
        {
            _state = new(StreamState.Failed, ForwardResponse.Rejected(rejection), isFinal);
            _isReading = !isFinal;
            _changes.Raise();
            return _isReading;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The proxy failed to read a stream")]
    private partial void LogFailed(Exception exception);

    private static RelayedItem GapBefore(StreamBatch batch, StreamGap gap) =>
        new(new(batch.Epoch, batch.Items is [var first, ..] ? first.Sequence - 1 : batch.Head), gap.To, default, gap);
}

/// <summary>A stream's state, as its listeners see it.</summary>
/// <param name="State">Whether X is connected.</param>
/// <param name="Failure">While it has failed: X's answer, or the proxy's rejection.</param>
/// <param name="IsFinal">Whether nothing more is tried by itself.</param>
internal readonly record struct RelayState(StreamState State, ForwardResponse? Failure = null, bool IsFinal = false);
