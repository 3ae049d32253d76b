namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>What follows from an account's record: the record with one more session, the view for others. All of it pure.</summary>
internal static class SessionRecords
{
    /// <summary>Sessions of one account. Past them the oldest ends: nobody can use most of so many.</summary>
    private const int MaxSessions = 100;

    /// <summary>The record with a session opened. Idempotent per session id.</summary>
    public static SessionRecord Open(this SessionRecord? record, string accountId, NewSession session, DateTimeOffset now)
    {
        record ??= new() { AccountId = accountId };
        if (record.FindSession(session.SessionId) is not null)
            return record;
        return record with
        {
            Username = session.Username,
            // Never a number used before: after a sign-out nothing is left to count on from, and a refresh may still be in flight.
            Grant = session.Grant with
            {
                Version = Math.Max((record.Grant?.Version ?? 0) + 1, now.ToUnixTimeMilliseconds()),
            },
            Intent = null, // it was about the pair that is replaced
            Sessions =
            [
                .. record.Sessions.TakeLast(MaxSessions - 1),
                new(session.SessionId, session.ClientId, session.Grant.Scopes, now) { UsedUntil = now, HandoverBy = session.HandoverBy },
            ],
        };
    }

    /// <summary>The record with a session that its client has fetched.</summary>
    public static SessionRecord? HandOver(this SessionRecord? record, string sessionId) =>
        record?.FindSession(sessionId) is { HandoverBy: not null }
            ? record with
            {
                Sessions = [.. record.Sessions.Select(each => each.Id == sessionId ? each with { HandoverBy = null } : each)],
            }
            : record;

    /// <summary>
    /// The record after some sessions have ended. With the last one, the grant's tokens are put down for revocation.
    /// </summary>
    public static SessionRecord? End(this SessionRecord? record, Func<LiveSession, bool> ends)
    {
        if (record is null || !record.Sessions.Any(ends))
            return record;
        IReadOnlyList<LiveSession> left = [.. record.Sessions.Where(session => !ends(session))];
        if (left.Count > 0 || record.Grant is not { } grant)
            return record with { Sessions = left };
        // A refresh in flight finds the grant gone and puts its new pair down for revocation too.
        return record with { Sessions = left, Grant = null, Revocations = [.. record.Revocations, .. GrantRecords.Revocations(grant)] };
    }

    /// <summary>One session for others to see.</summary>
    public static SessionSnapshot Snapshot(this SessionRecord record, LiveSession live) =>
        new(
            new(record.AccountId, record.Username),
            [.. live.Scopes.Intersect(record.Grant?.Scopes ?? [])],
            live.CreatedAt,
            record.Grant?.State ?? GrantState.Rejected,
            record.Grant?.ExpiresAt ?? default,
            record.Grant?.ObtainedAt ?? default,
            record.Sessions.Count
        );
}
