using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// The account's windows, and how they outlive the account's stay in memory: other writes of the record carry them, and they are written
/// for their own sake when they have come to matter. Losing them costs a call or two that X refuses; so most accounts never write.
/// </summary>
internal sealed class AccountWindows
{
    private readonly SessionJournal _journal;
    private readonly LimitTable _appLimits;
    private readonly EndpointCatalogue _catalogue;
    private readonly TimeSpan _saveInterval;
    private readonly TimeProvider _timeProvider;
    private bool _restored;
    private volatile Carried? _carried;
    private DateTimeOffset _saveAt;

    /// <param name="journal">Where they are kept.</param>
    /// <param name="appLimits">The app's windows, which all accounts of the process share.</param>
    /// <param name="catalogue">For endpoints by key.</param>
    /// <param name="clock">X's clock.</param>
    /// <param name="saveInterval">How often they may be written for their own sake.</param>
    /// <param name="timeProvider">Our clock.</param>
    public AccountWindows(
        SessionJournal journal,
        LimitTable appLimits,
        EndpointCatalogue catalogue,
        UpstreamClock clock,
        TimeSpan saveInterval,
        TimeProvider timeProvider
    )
    {
        (_journal, _appLimits, _catalogue, _saveInterval, _timeProvider) = (journal, appLimits, catalogue, saveInterval, timeProvider);
        Table = LimitTable.ForAccount(clock);
        journal.Carry(With);
    }

    public LimitTable Table { get; }

    /// <summary>
    /// Takes over what the record knows. Once, for what is learned from then on is newer; and not only on a load, for a sign-in may have
    /// read the record before.
    /// </summary>
    public void RestoreOnce()
    {
        if (Volatile.Read(ref _restored) || _journal.Current is not { } record || Interlocked.Exchange(ref _restored, true))
            return;
        var now = _timeProvider.GetUtcNow();
        Table.Restore(record.Windows, _catalogue);
        _appLimits.Learn(record.Windows, _catalogue, now);
        foreach (var cap in record.Caps ?? [])
            _appLimits.For(_catalogue.ByKey(cap.EndpointKey)).Restore(cap, now);
    }

    /// <summary>
    /// The sign-in has asked X whose tokens these are: a call of the account's like any other. After the record is loaded.
    /// </summary>
    public void CountSignIn()
    {
        RestoreOnce();
        var now = _timeProvider.GetUtcNow();
        var endpoint = _catalogue.ByKey(SignInAtTwitter.WhoAmI);
        if (new CallWindows(Table.For(endpoint), _appLimits.For(endpoint)).TryReserve(now, out var permits, out _))
            permits.Settle(default, now);
    }

    /// <summary>The windows for callers to see, the app's included, with where their use leads, by our clock.</summary>
    /// <param name="lines">The calls that wait for them.</param>
    public LimitsSnapshot Limits(LineSnapshot[] lines)
    {
        var now = _timeProvider.GetUtcNow();
        return new([.. Table.Forecasts(now), .. _appLimits.Forecasts(now)], lines) { Caps = _appLimits.Caps(now) };
    }

    /// <summary>Before the account leaves memory.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer: they are learned anew from X's headers.</exception>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (!Table.IsEmpty && Volatile.Read(ref _restored))
            await _journal.UpdateAsync(record => record is null ? null : record with { }, cancellationToken); // which carries them
    }

    /// <summary>Saves them if their loss in a crash would be noticed, and not more often than the interval says.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer: the next round tries again.</exception>
    public async Task SaveIfWornAsync(CancellationToken cancellationToken)
    {
        var now = _timeProvider.GetUtcNow();
        var wear = Table.Wear(now);
        if (wear == 0 || wear == SavedWear || now < _saveAt)
            return;
        await SaveAsync(cancellationToken);
        _saveAt = now + _saveInterval;
    }

    // Zero while what was carried last has not arrived in the store, or somebody else has written since.
    private int SavedWear => _carried is { } carried && ReferenceEquals(carried.Windows, _journal.Current?.Windows) ? carried.Wear : 0;

    // Before a restore there is nothing to carry that the record does not have.
    private SessionRecord With(SessionRecord record)
    {
        if (!Volatile.Read(ref _restored) || Table.IsEmpty)
            return record;
        var now = _timeProvider.GetUtcNow();
        var wear = Table.Wear(now);
        // The app's are everybody's: each account keeps those of the endpoints that it uses itself.
        WindowSnapshot[] windows = [.. Table.Snapshot(now), .. _appLimits.Readings(now).Where(window => Table.Knows(window.EndpointKey))];
        var caps = _appLimits.Caps(now).Where(cap => Table.Knows(cap.EndpointKey)).ToList();
        _carried = new(windows, wear);
        return record with { Windows = windows, Caps = caps.Count > 0 ? caps : null };
    }

    private sealed record Carried(IReadOnlyList<WindowSnapshot> Windows, int Wear);
}
