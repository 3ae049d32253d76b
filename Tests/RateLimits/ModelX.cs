using System.Globalization;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Tests.RateLimits;

/// <summary>
/// X's side of an endpoint's windows as they truly are: the oracle that properties are checked against. It keeps its own clock.
/// </summary>
internal sealed class ModelX(TimeSpan skew, params (WindowKind Kind, long Limit)[] windows)
{
    private readonly List<TrueWindow> _windows = [.. windows.Select(window => new TrueWindow(window.Kind, window.Limit))];

    public IReadOnlyList<TrueWindow> Windows => _windows;

    /// <summary>A call reaches X: counted in every window, or refused because one is used up.</summary>
    /// <param name="now">By our clock; X's is off by the skew.</param>
    public Reply Arrive(DateTimeOffset now)
    {
        var at = now + skew;
        foreach (var window in _windows)
            window.Roll(at);
        var exhausted = _windows.Where(window => window.Used >= window.Limit).ToList();
        foreach (var window in exhausted)
            window.Overspent++;
        if (exhausted.Count == 0)
        {
            foreach (var window in _windows)
                window.Used++;
        }

        List<HeaderField> headers = [new("Date", at.ToString("r", CultureInfo.InvariantCulture))];
        foreach (var window in _windows)
            window.AddHeaders(headers);
        return new(exhausted.Count == 0 ? 200 : 429, headers, [.. _windows]);
    }

    /// <summary>The plan has changed.</summary>
    public void SetLimit(int window, long limit) => _windows[window % _windows.Count].Limit = limit;

    internal sealed class TrueWindow(WindowKind kind, long limit)
    {
        private DateTimeOffset _resetAt;

        public long Limit { get; set; } = limit;

        public long Used { get; set; }

        /// <summary>Calls refused in the present window.</summary>
        public int Overspent { get; set; }

        /// <summary>Calls of the present window whose answer told nothing.</summary>
        public int Unheard { get; set; }

        /// <summary>Called before a window ends, with what it has seen.</summary>
        public Action<TrueWindow>? Ending { get; set; }

        public void Roll(DateTimeOffset at)
        {
            if (at < _resetAt)
                return;
            Ending?.Invoke(this);
            (Used, Overspent, Unheard) = (0, 0, 0);
            // Whole seconds, as X's headers have them.
            _resetAt = DateTimeOffset.FromUnixTimeSeconds((at + kind.Length()).ToUnixTimeSeconds());
        }

        public void AddHeaders(List<HeaderField> to)
        {
            var prefix = RateLimitHeaders.PrefixOf(kind);
            to.Add(new(prefix + "limit", Limit.ToString(CultureInfo.InvariantCulture)));
            to.Add(new(prefix + "remaining", Math.Max(0, Limit - Used).ToString(CultureInfo.InvariantCulture)));
            to.Add(new(prefix + "reset", _resetAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>What X answered, and the windows it was counted in.</summary>
    internal sealed record Reply(int Status, List<HeaderField> Headers, IReadOnlyList<TrueWindow> Of);
}
