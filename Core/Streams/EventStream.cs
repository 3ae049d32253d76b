using Microsoft.Extensions.Logging;
using OrleansTwitterProxy.Core.Concurrency;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Streams;

/// <summary>One of X's streams, as its grain hosts it. Thread-safe.</summary>
public sealed partial class EventStream : IEventStream, IAsyncDisposable
{
    /// <summary>How long an attempt to connect goes on without a reader: front ends ask again at once.</summary>
    private static readonly TimeSpan Unread = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly StreamConnector _connector;
    private readonly StreamOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string _epoch = Guid.NewGuid().ToString("N")[..12];
    private readonly ChangeSignal _changes = new();
    private readonly StreamDelays _delays = new(); // used by one run at a time
    private readonly ITimer _linger;

    private readonly Lock _lock = new(); // guards everything below
    private readonly StreamHistory _history;
    private readonly SharedQuery _query = new();
    private CancellationTokenSource _outgrown = new();
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;
    private StreamState _state;
    private long _stateVersion;
    private StreamFailure? _failure; // while the state is Failed
    private int _readers;
    private bool _isDisposed;

    /// <param name="path">Path at X.</param>
    /// <param name="connector">Opens connections.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="timeProvider">Our clock.</param>
    /// <param name="logger">Logs losses of the connection.</param>
    internal EventStream(string path, StreamConnector connector, StreamOptions options, TimeProvider timeProvider, ILogger logger)
    {
        (_path, _connector, _options, _timeProvider, _logger) = (path, connector, options, timeProvider, logger);
        _history = new(options);
        _linger = timeProvider.CreateTimer(_ => StopUnlessRead(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public async Task<Result<StreamBatch>> ReadAsync(StreamRead read, CancellationToken cancellationToken)
    {
        if (Enter(StreamQuery.Parse(read.Query)) is { } refusal)
            return refusal;
        try
        {
            var started = _timeProvider.GetTimestamp();
            while (true)
            {
                var changed = _changes.Next;
                var batch = Look(read.After);
                var left = read.Wait - _timeProvider.GetElapsedTime(started);
                if (_isDisposed)
                    return StreamRejections.Stopping();
                var isNews = batch.StateVersion != read.KnownState || batch.Epoch != read.After?.Epoch;
                if (batch.Items.Length > 0 || isNews || left <= TimeSpan.Zero)
                    return batch;
                await changed
                    .WaitAsync(left, _timeProvider, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Ends reads that wait, and the connection. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _ = _stop?.CancelAsync();
        }

        _changes.Raise();
        await _running;
        await _linger.DisposeAsync();
        _outgrown.Dispose();
    }

    private Rejection? Enter(StreamQuery query)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return StreamRejections.Stopping();
            if (_query.Add(query, isAlone: _readers == 0, out var outgrows) is { } conflict)
                return conflict;
            if (outgrows)
                Outgrow();
            if (_readers++ == 0)
                _linger.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (_stop is null && (_failure is null || Now >= _failure.Until))
                Start();
            return null;
        }
    }

    private void Outgrow()
    {
        _ = _outgrown.CancelAsync();
        if (_state is StreamState.Connected)
            Enter(StreamState.Connecting);
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_readers > 0 || _isDisposed)
                return;
            if (_stop is null)
                _query.Forget();
            var linger = _state is StreamState.Connected && _options.LingerFor > Unread ? _options.LingerFor : Unread;
            _linger.Change(linger, Timeout.InfiniteTimeSpan);
        }
    }

    private void StopUnlessRead()
    {
        lock (_lock)
        {
            if (_readers == 0)
                _ = _stop?.CancelAsync();
        }
    }

    private StreamBatch Look(StreamCursor? after)
    {
        lock (_lock)
        {
            return new(
                _epoch,
                _history.After(after?.Epoch == _epoch ? after.Sequence : 0),
                _history.Head,
                _state,
                _stateVersion,
                _failure?.At(Now),
                IsFinal: _failure is { IsFinal: true }
            );
        }
    }

    private void Start()
    {
        var stop = new CancellationTokenSource();
        _stop = stop;
        Enter(StreamState.Connecting);
        _running = Task.Run(() => RunAsync(stop.Token), CancellationToken.None);
    }

    // Connected, broken, connected again, until nobody reads or X refuses for good.
    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var attempt = await _connector.ConnectAsync(Target(), _delays, stop);
                if (attempt.Opened is not { } opened)
                {
                    if (stop.IsCancellationRequested || Fail(attempt) is not { } delay)
                        return;
                    await Task.Delay(delay, _timeProvider, stop);
                    continue;
                }

                _delays.Connected();
                using (opened)
                    await CopyAsync(opened.Body!, stop);
                await Task.Delay(_delays.AfterBreak(), _timeProvider, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Nobody reads any more.
        }
        catch (Exception e)
        {
            LogFailed(e, _path);
            Fail(new(ForwardResponse.Rejected(StreamRejections.Failed())));
        }
        finally
        {
            End();
        }
    }

    private async Task CopyAsync(Stream body, CancellationToken stop)
    {
        var outgrown = Connect();
        var (reason, held) = await new StreamConnection(body, _timeProvider).CopyAsync(Hear, outgrown, stop);
        if (held)
            _delays.Held();
        lock (_lock)
        {
            _history.Lose(reason);
            Enter(StreamState.Connecting);
        }

        if (!stop.IsCancellationRequested)
            LogLost(_path, reason);
    }

    private string Target()
    {
        lock (_lock)
        {
            // What is asked from here on is more than this connection will have.
            _outgrown.Dispose();
            _outgrown = new();
            return _query.Ask() is { Length: > 0 } query ? $"{_path}?{query}" : _path;
        }
    }

    private CancellationToken Connect()
    {
        lock (_lock)
        {
            _query.Accepted();
            _history.Connect(Now);
            Enter(StreamState.Connected);
            return _outgrown.Token;
        }
    }

    private void Hear(ReadOnlyMemory<byte> line)
    {
        lock (_lock)
            _history.Hear(line, Now);
        if (!line.IsEmpty)
            _changes.Raise();
    }

    /// <returns>How long to wait; null when nothing more is tried.</returns>
    private TimeSpan? Fail(in StreamAttempt attempt)
    {
        lock (_lock)
        {
            var (delay, isFinal) = (attempt.Delay ?? _delays.AfterError(), attempt.Delay is null);
            // X refuses what one of them wants: that one is told, and the others go on.
            if (isFinal && _query.TryFallBack())
                (delay, isFinal) = (_delays.AfterBreak(), false);
            delay = StreamDelays.Bounded(delay);
            Enter(StreamState.Failed, new(attempt.Failure!, Now + delay, isFinal));
            return isFinal ? null : delay;
        }
    }

    private void End()
    {
        lock (_lock)
        {
            // After a failure its time stands, for whoever comes before it is over.
            if (_failure is null)
                Enter(StreamState.Connecting);
            _stop?.Dispose();
            _stop = null;
            if (_readers == 0 || _failure is { IsFinal: true })
                _query.Forget();
            else if (_failure is null && !_isDisposed)
                Start(); // one came while this ended
        }
    }

    private DateTimeOffset Now => _timeProvider.GetUtcNow();

    private void Enter(StreamState state, StreamFailure? failure = null)
    {
        (_state, _failure, _stateVersion) = (state, failure, _stateVersion + 1);
        _changes.Raise();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to {Path} is lost, and the proxy connects again: {Reason}")]
    private partial void LogLost(string path, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The proxy failed to read {Path}")]
    private partial void LogFailed(Exception exception, string path);
}
