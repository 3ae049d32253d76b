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

    private const long Unknown = -1;
    private const int MaxConflicts = 4;

    private readonly ChangeSignal _changes = new();
    private readonly Lock _lock = new(); // guards everything below
    private readonly RelayedItems _items = new(options);
    private readonly List<StreamQuery> _queries = []; // the listeners'
    private bool _isReading;
    private bool _isOver;
    private CancellationTokenSource _again = new(); // ends the present read, for another is to follow
    private RelayState _state = new(StreamState.Connecting);
    private StreamCursor? _last; // as far as it has read
    private long _known = Unknown; // the version of the state that it knows
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
            (var merged, rejection) = Wanted()?.Merge(query) ?? query;
            if (merged is null)
                return true;
            var outgrows = merged.ToString() != Wanted()?.ToString();
            _queries.Add(query);
            if (!_isReading)
                Start();
            else if (outgrows || _state.State is StreamState.Failed)
                AskAnew(); // how it is now, and for how long
            return true;
        }
    }

    /// <param name="query">What the listener has asked for.</param>
    /// <returns>Whether this is over: it was the last.</returns>
    public bool Leave(StreamQuery query)
    {
        lock (_lock)
        {
            _queries.Remove(query);
            if (_queries.Count > 0)
                return false;
            if (_isReading)
                _ = _again.CancelAsync(); // the grain counts readers
            else
                End();
            return _isOver;
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

    /// <summary>Number of the oldest item that is kept.</summary>
    public long First
    {
        get
        {
            lock (_lock)
                return _items.First;
        }
    }

    /// <inheritdoc cref="RelayedItems.Since"/>
    public long Since(DateTimeOffset instant, out bool isWhole)
    {
        lock (_lock)
            return _items.Since(instant, out isWhole);
    }

    /// <inheritdoc cref="RelayedItems.After"/>
    public long After(StreamCursor cursor, out bool isWhole)
    {
        lock (_lock)
            return _items.After(cursor, _last, out isWhole);
    }

    private void Start()
    {
        (_isReading, _state, _known, _isCaughtUp) = (true, new(StreamState.Connecting), Unknown, false);
        _ = Task.Run(ReadAsync, CancellationToken.None);
    }

    private void End()
    {
        (_isReading, _isOver) = (false, true);
        _again.Dispose();
    }

    // What all listeners want; null without any. They were merged before, one by one.
    private StreamQuery? Wanted() =>
        _queries.Count == 0 ? null : _queries.Skip(1).Aggregate(_queries[0], (all, query) => all.Merge(query).Value ?? all);

    private void AskAnew()
    {
        (_state, _known) = (new(StreamState.Connecting), Unknown);
        _ = _again.CancelAsync();
    }

    private async Task ReadAsync()
    {
        var pause = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));
        var conflicts = 0;
        while (Ask(out var again) is { } read)
        {
            var (batch, rejection) = await ReadAsync(read, again);
            if (batch is not null)
            {
                pause.Reset();
                if (!Take(batch))
                    return;
            }
            else if (rejection is { Reason: RejectionReason.StreamInUse } && ++conflicts < MaxConflicts)
            {
                await Task.Delay(pause.Next(), timeProvider, CancellationToken.None); // the others may be leaving
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

    private StreamRead? Ask(out CancellationToken again)
    {
        lock (_lock)
        {
            again = default;
            if (Wanted() is not { } wanted)
            {
                End();
                return null;
            }

            if (_again.IsCancellationRequested)
            {
                _again.Dispose();
                _again = new();
            }

            again = _again.Token;
            return new(wanted.ToString(), _last, _known, Wait);
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
            var isFinal = batch.IsFinal && _last.Sequence == batch.Head; // else there is more to read first
            (_heardAt, _state) = (now, new(batch.State, batch.Failure, isFinal));
            _known = batch.StateVersion;
            _isReading = !isFinal;
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
        new(new(batch.Epoch, batch.Items is [var first, ..] ? first.Sequence - 1 : batch.Head), gap.To ?? default, default, gap);
}

/// <summary>A stream's state, as its listeners see it.</summary>
/// <param name="State">Whether X is connected.</param>
/// <param name="Failure">While it has failed: X's answer, or the proxy's rejection.</param>
/// <param name="IsFinal">Whether nothing more is tried by itself.</param>
internal readonly record struct RelayState(StreamState State, ForwardResponse? Failure = null, bool IsFinal = false);
