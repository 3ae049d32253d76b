namespace OrleansTwitterProxy.Sandbox;

/// <summary>The result of counting one call in an endpoint's windows; a null reading means that there is no such window.</summary>
internal readonly record struct RateCharge(bool Allowed, WindowReading? Window, WindowReading? UserDay, WindowReading? AppDay);

/// <summary>All windows of one endpoint: three per account, three for the app.</summary>
internal sealed class EndpointWindows
{
    /// <summary>The limit in X's headers when the endpoint is effectively unlimited.</summary>
    private const int NoLimit = 1_200_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, AccountWindows> _accounts = [];
    private readonly EndpointLimits _published;
    private AccountWindows _app = new();
    private EndpointLimits _limits;

    public EndpointWindows(EndpointLimits published) => _limits = _published = published;

    /// <summary>Takes one call from every window that applies, or from none if one of them is exhausted.</summary>
    /// <param name="account">Name of the account; null for an app-only call.</param>
    public RateCharge Take(string? account, long now, bool enforced)
    {
        lock (_gate)
        {
            var limits = enforced ? _limits : Unlimited(_limits);
            var own = account is null ? _app : WindowsOf(account);
            var quarter = Applies(own.Quarter, account is null ? limits.PerApp : limits.PerUser, now);
            var second = Applies(own.Second, account is null ? limits.PerAppSecond : limits.PerUserSecond, now);
            var userDay = Applies(own.Day, account is null ? null : limits.PerUserDay, now);
            var appDay = Applies(_app.Day, limits.PerAppDay, now);

            var allowed = !(quarter.Exhausted || second.Exhausted || userDay.Exhausted || appDay.Exhausted);
            var shown = Settle(quarter, allowed);
            var ofSecond = Settle(second, allowed);
            if (shown is null || (second.Exhausted && !quarter.Exhausted))
                shown = ofSecond;
            return new RateCharge(allowed, shown, Settle(userDay, allowed), Settle(appDay, allowed));
        }
    }

    /// <summary>Uses up the account's windows, or the app's when <paramref name="account"/> is null.</summary>
    public void Exhaust(string? account, long now)
    {
        lock (_gate)
        {
            var own = account is null ? _app : WindowsOf(account);
            if ((account is null ? _limits.PerApp : _limits.PerUser) is { } quarter)
                own.Quarter.Exhaust(quarter, now);
            if ((account is null ? _limits.PerAppSecond : _limits.PerUserSecond) is { } second)
                own.Second.Exhaust(second, now);
            if ((account is null ? _limits.PerAppDay : _limits.PerUserDay) is { } day)
                own.Day.Exhaust(day, now);
        }
    }

    public void Replace(EndpointLimits limits)
    {
        lock (_gate)
            _limits = limits;
        Reset();
    }

    public void Restore() => Replace(_published);

    public void Reset()
    {
        lock (_gate)
        {
            _accounts.Clear();
            _app = new AccountWindows();
        }
    }

    private AccountWindows WindowsOf(string account)
    {
        if (!_accounts.TryGetValue(account, out var windows))
            _accounts[account] = windows = new AccountWindows();
        return windows;
    }

    private static EndpointLimits Unlimited(EndpointLimits limits) =>
        new() { PerUser = limits.PerUser is null ? null : NoLimit, PerApp = limits.PerApp is null ? null : NoLimit };

    private static Part Applies(RateWindow window, int? limit, long now) =>
        limit is { } bound ? new Part(window, bound, enforcedAt: now) : default;

    private static WindowReading? Settle(Part part, bool allowed)
    {
        if (part.Window is null)
            return null;
        if (allowed)
            part.Window.Take();
        return part.Window.Read(part.Limit);
    }

    private readonly struct Part(RateWindow window, int limit, long enforcedAt)
    {
        public RateWindow? Window { get; } = window;
        public int Limit { get; } = limit;
        public bool Exhausted { get; } = window.IsExhausted(limit, enforcedAt);
    }

    private sealed class AccountWindows
    {
        public RateWindow Second { get; } = new(1);
        public RateWindow Quarter { get; } = new(RateWindow.QuarterHour);
        public RateWindow Day { get; } = new(RateWindow.Day);
    }
}
