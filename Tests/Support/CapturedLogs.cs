using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Keeps every log entry, and says when one has come that a test waits for.</summary>
internal sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = [];
    private readonly ConcurrentBag<(Func<LogEntry, bool> Wanted, TaskCompletionSource<LogEntry> Seen)> _waiting = [];

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>The next entry that fits, of those logged from now on.</summary>
    public Task<LogEntry> NextAsync(Func<LogEntry, bool> wanted)
    {
        var seen = new TaskCompletionSource<LogEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((wanted, seen));
        return seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>For <see cref="ProxySetup.Customize"/>. What is kept follows the configured levels.</summary>
    public void AddTo(WebApplicationBuilder builder) => builder.Logging.AddProvider(this);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose() { }

    private void Add(LogEntry entry)
    {
        _entries.Enqueue(entry);
        foreach (var (wanted, seen) in _waiting)
        {
            if (wanted(entry))
                seen.TrySetResult(entry);
        }
    }

    private sealed class Logger(CapturedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs
                ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}"))
                : "";
            logs.Add(new(category, logLevel, formatter(state, exception), values, exception?.ToString() ?? ""));
        }
    }
}

/// <summary>One log entry with everything a log store would keep of it.</summary>
internal sealed record LogEntry(string Category, LogLevel Level, string Message, string Values, string Exception);
