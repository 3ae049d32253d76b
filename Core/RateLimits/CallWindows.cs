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
        if (!Account.TryReserve(now, out var account, out var until, keep))
        {
            block = new(until, ByApp: false);
            return false;
        }

        if (!App.TryReserve(now, out var app, out until, keep))
        {
            account.Release();
            block = new(until, ByApp: true);
            return false;
        }

        permits = new(account, app);
        return true;
    }

    /// <summary>Whether a call would be refused now.</summary>
    public bool AreBlocked(DateTimeOffset now, out WindowBlock block, double keep = 0)
    {
        if (!TryReserve(now, out var permits, out block, keep)) return true;
        permits.Release();
        return false;
    }
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
/// <param name="ByApp">Whether it is the app's windows that all accounts share.</param>
public readonly record struct WindowBlock(DateTimeOffset Until, bool ByApp);
