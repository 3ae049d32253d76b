namespace OrleansTwitterProxy.Core.RateLimits;

/// <summary>The windows that one call draws on: its account's on the endpoint, and those of the app as a whole.</summary>
public readonly record struct CallWindows(EndpointWindows Account, EndpointWindows App)
{
    /// <summary>Takes a permit in every window, or in none.</summary>
    /// <param name="now">The present instant.</param>
    /// <param name="permits">To be settled or released exactly once.</param>
    /// <param name="block">When refused: by what, and until when.</param>
    /// <param name="keep">Share of every window that is to be left to others.</param>
    public bool TryReserve(DateTimeOffset now, out CallPermits permits, out WindowBlock block, double keep = 0)
    {
        (permits, block) = (default, default);
        if (Account.TryReserve(now, out var account, out var until, keep))
        {
            if (App.TryReserve(now, out var app, out var appUntil, keep))
            {
                permits = new(account, app);
                return true;
            }

            account.Release();
            block = new(appUntil, ByApp: true);
            return false;
        }

        block = Later(until, App.BlockedAt(now, keep));
        return false;
    }

    /// <summary>By what a call would be refused now, and until when; null when it would go. Takes nothing.</summary>
    public WindowBlock? BlockedAt(DateTimeOffset now, double keep = 0)
    {
        var app = App.BlockedAt(now, keep);
        if (Account.BlockedAt(now, keep) is { } account)
            return Later(account, app);
        return app is { } until ? new(until, ByApp: true) : null;
    }

    private static WindowBlock Later(DateTimeOffset account, DateTimeOffset? app) =>
        app > account ? new(app.Value, ByApp: true) : new(account, ByApp: false);
}

/// <summary>One call's permits in all its windows.</summary>
public readonly record struct CallPermits(EndpointWindows.Reservation Account, EndpointWindows.Reservation App)
{
    /// <summary>X provably never saw the call: the permits come back.</summary>
    public void Release()
    {
        Account.Release();
        App.Release();
    }

    /// <summary>The call was answered, or may have been.</summary>
    public void Settle(in RateLimitHeaders headers, DateTimeOffset now)
    {
        Account.Settle(headers, now);
        App.Settle(headers, now);
    }
}

/// <summary>Windows that are used up.</summary>
/// <param name="Until">The latest reset among them.</param>
/// <param name="ByApp">Whether it is one of the app's windows, which all accounts share.</param>
public readonly record struct WindowBlock(DateTimeOffset Until, bool ByApp);
