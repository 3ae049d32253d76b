using System.Collections.Concurrent;
using System.Globalization;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// Decides whether a session of the account lives: the one gate of every call, whether or not its end has been noted in the record. Notes
/// uses, which every write of the record carries. They are saved ahead, because a use is not worth a write: a process that crashes lets
/// sessions live up to <see cref="UserSessionOptions.UseSaveInterval"/> longer, and none shorter.
/// </summary>
internal sealed class SessionLifetimes(UserSessionOptions options, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, Use> _uses = new(StringComparer.Ordinal);
    private volatile bool _stopping;

    private DateTimeOffset Now => timeProvider.GetUtcNow();

    /// <summary>The session, if it lives. Counts as a use of it.</summary>
    /// <returns>The session, or SessionEnded.</returns>
    public Result<LiveSession> Admit(SessionRecord? record, string sessionId)
    {
        if (record?.FindSession(sessionId) is not { } session)
            return SharedRejections.SessionEnded();
        if (WhyEnded(session) is { } ended)
            return ended;
        Note(sessionId);
        return session;
    }

    /// <summary>A session is used now, or opened.</summary>
    public void Note(string sessionId)
    {
        var now = Now;
        _uses.GetOrAdd(sessionId, static (_, now) => new() { At = now }, now).At = now;
    }

    /// <summary>Whether a session's time is over.</summary>
    public bool HasExpired(LiveSession session) => EndOf(session) <= Now;

    /// <summary>When a session ends if it is not used any more.</summary>
    public DateTimeOffset EndOf(LiveSession session)
    {
        var end = Earlier(ExpiresAt(session), IdleExpiresAt(session));
        return session.HandoverBy is { } handover ? Earlier(handover, end) : end;
    }

    /// <summary>When a session ends, however much it is used.</summary>
    public DateTimeOffset ExpiresAt(LiveSession session) =>
        (session.CountedFrom ?? (session.UsedUntil is null ? Now : session.CreatedAt)) + options.AbsoluteLifetime;

    /// <summary>When a session ends if nobody uses it.</summary>
    public DateTimeOffset IdleExpiresAt(LiveSession session) => Used(session) + options.IdleLifetime;

    /// <summary>The last use as far as is known; never in the future.</summary>
    public DateTimeOffset LastUsedAt(LiveSession session) => Earlier(Used(session), Now);

    /// <summary>Whether the record has to be written for its lifetimes' sake.</summary>
    public bool IsBehind(SessionRecord record) =>
        record.Sessions.Any(session =>
            session.UsedUntil is not { } until || (NotedUse(session) is { } used && used > until - (options.UseSaveInterval / 4))
        );

    /// <summary>The process stops: from now on uses are saved as they are, and not ahead.</summary>
    /// <returns>Whether the record then changes.</returns>
    public bool Stop(SessionRecord record)
    {
        _stopping = true;
        return record.Sessions.Any(session => session.UsedUntil is not { } until || (NotedUse(session) is { } used && used != until));
    }

    private Rejection? WhyEnded(LiveSession session)
    {
        var now = Now;
        if (session.HandoverBy <= now)
            return SharedRejections.SessionEnded("This session has expired: its client did not fetch it in time.");
        if (ExpiresAt(session) <= now)
            return SharedRejections.SessionEnded($"This session has expired: it was {Span(options.AbsoluteLifetime)} old.");
        return IdleExpiresAt(session) <= now
            ? SharedRejections.SessionEnded($"This session has expired: it was unused for {Span(options.IdleLifetime)}.")
            : null;
    }

    /// <summary>The record with the uses; what every write of it carries. Brings a record of schema 1 up to date.</summary>
    public SessionRecord With(SessionRecord record)
    {
        foreach (var gone in _uses.Keys.Where(id => record.FindSession(id) is null))
            _uses.TryRemove(gone, out _);
        return record with { Schema = SessionRecord.CurrentSchema, Sessions = [.. record.Sessions.Select(With)] };
    }

    private LiveSession With(LiveSession session)
    {
        var noted = NotedUse(session);
        if (session.UsedUntil is null)
            session = session with { CountedFrom = Now, UsedUntil = noted ?? Now };
        return noted is { } used ? session with { UsedUntil = _stopping ? used : used + options.UseSaveInterval } : session;
    }

    private DateTimeOffset Used(LiveSession session) => NotedUse(session) ?? session.UsedUntil ?? Now;

    private DateTimeOffset? NotedUse(LiveSession session) => _uses.TryGetValue(session.Id, out var use) ? use.At : null;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static string Span(TimeSpan lifetime) =>
        lifetime >= TimeSpan.FromDays(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{lifetime.TotalDays:0.#} days")
            : string.Create(CultureInfo.InvariantCulture, $"{lifetime.TotalMinutes:0.#} minutes");

    private sealed class Use
    {
        private long _ticks;

        public DateTimeOffset At
        {
            get => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
            set => Interlocked.Exchange(ref _ticks, value.UtcTicks);
        }
    }
}
