using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.RateLimits;

/// <summary>
/// What holds whatever happens: calls that overtake each other, answers that are lost, late, without headers or garbled, calls that X
/// never saw, X's clock off by minutes, ours set by hand, plans that change.
/// </summary>
public sealed class WindowPropertyTests(ITestOutputHelper output)
{
    private const int Runs = 400;
    private const int Longest = 250;

    [Fact]
    public void No_window_is_overspent_by_more_than_was_in_flight_at_once_and_what_told_nothing() =>
        Properties.Hold(output, Runs, Longest, script =>
        {
            var world = new World(script, oursMayJump: false);
            foreach (var window in world.X.Windows)
                window.Ending = Check;
            world.Play();
            foreach (var window in world.X.Windows)
                Check(window);

            void Check(ModelX.TrueWindow window) =>
                Assert.True(
                    window.Overspent <= world.Peak + window.Unheard,
                    $"overspent {window.Overspent}, in flight at most {world.Peak}, unheard {window.Unheard}"
                );
        });

    [Fact]
    public void Once_all_calls_have_ended_the_next_goes_when_it_was_told_to() => Properties.Hold(output, Runs, Longest, script =>
        {
            var world = new World(script, oursMayJump: true);
            world.Play();
            world.SettleAll();
            if (world.Windows.TryReserve(world.Now, out var spare, out var until))
            {
                spare.Release();
                return;
            }

            Assert.InRange(until - world.Now, TimeSpan.FromTicks(1), TimeSpan.FromHours(24.25));
            world.Now = until;
            Assert.True(world.Windows.TryReserve(world.Now, out _, out var again), $"told {until:O}, and then {again:O}");
        });

    [Fact]
    public void Once_every_known_reset_has_passed_every_permit_is_there_again() => Properties.Hold(output, Runs, Longest, script =>
        {
            var world = new World(script, oursMayJump: true);
            world.Play();
            world.SettleAll();
            world.Now += TimeSpan.FromHours(25);
            var limits = world.Snapshots().Select(window => Math.Max(1, window.Limit)).ToList();
            Assert.NotEmpty(limits);

            var taken = 0;
            while (world.Windows.TryReserve(world.Now, out _, out _))
                taken++;

            Assert.Equal(limits.Min(), taken);
        });

    [Fact]
    public void What_is_shown_makes_sense_at_every_step() => Properties.Hold(output, Runs, Longest, script =>
        {
            var world = new World(script, oursMayJump: true);
            world.Play(() =>
            {
                foreach (var window in world.Forecasts())
                {
                    Assert.InRange(window.Remaining, 0, Math.Max(1, window.Limit));
                    Assert.True(window.PerMinute >= 0 && double.IsFinite(window.PerMinute));
                    if (window.ExhaustedAt is { } end)
                        Assert.True(end >= world.Now && (window.ResetAt is null || end <= window.ResetAt || window.Remaining == 0));
                }
            });
        });

    /// <summary>An account's windows on one endpoint, an X, and the calls between them.</summary>
    private sealed class World
    {
        private static readonly Endpoint Endpoint = new("POST /2/likes", "likes", [], [new(WindowKind.FifteenMinutes, 12)]);
        private static readonly int[] Skews = [0, 0, 1, -1, 40, -40, 600, -600, 1500, -1500];
        private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

        private readonly UpstreamClock _clock = new();
        private readonly List<Call> _calls = [];
        private readonly uint[] _script;
        private readonly bool _oursMayJump;
        private int _at;

        public World(uint[] script, bool oursMayJump)
        {
            (_script, _oursMayJump) = (script, oursMayJump);
            X = new(
                TimeSpan.FromSeconds(Skews[Next() % Skews.Length]),
                (WindowKind.FifteenMinutes, 3 + (Next() % 20)),
                (WindowKind.AccountDay, 20 + (Next() % 200))
            );
            Windows = new(Endpoint.Key, Endpoint.FirstGuess, [WindowKind.FifteenMinutes, WindowKind.AccountDay], _clock);
        }

        public ModelX X { get; }

        public EndpointWindows Windows { get; }

        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        /// <summary>The most calls that were in flight at once.</summary>
        public int Peak { get; private set; }

        public void Play(Action? afterEach = null)
        {
            while (_at < _script.Length)
            {
                Step(Next() % 16);
                Peak = Math.Max(Peak, _calls.Count);
                afterEach?.Invoke();
            }
        }

        public void SettleAll()
        {
            while (_calls.Count > 0)
                Deliver(0, Telling.Whole);
        }

        public List<WindowSnapshot> Snapshots()
        {
            List<WindowSnapshot> snapshots = [];
            Windows.AddSnapshots(snapshots, Now);
            return snapshots;
        }

        public List<WindowForecast> Forecasts()
        {
            List<WindowForecast> forecasts = [];
            Windows.AddForecasts(forecasts, Now);
            return forecasts;
        }

        private int Next() => _at < _script.Length ? (int)(_script[_at++] % int.MaxValue) : 0;

        private void Step(int what)
        {
            switch (what)
            {
                case <= 5:
                    Send();
                    break;
                case 6:
                    Arrive(Next());
                    break;
                case 7 or 8:
                    Deliver(Next(), Telling.Whole);
                    break;
                case 9:
                    Deliver(Next(), Telling.Nothing);
                    break;
                case 10:
                    Deliver(Next(), Telling.Garbled);
                    break;
                case 11:
                    Lose(Next());
                    break;
                case 12:
                    NeverSeen(Next());
                    break;
                case 13:
                    Pass(TimeSpan.FromSeconds(Next() % 29));
                    break;
                case 14:
                    PassLong(Next());
                    break;
                default:
                    Change(Next());
                    break;
            }
        }

        private void Send()
        {
            for (var i = Next() % 8; i >= 0; i--)
            {
                if (Windows.TryReserve(Now, out var reservation, out _))
                    _calls.Add(new(reservation));
            }
        }

        private void Arrive(int which)
        {
            if (_calls.Count > 0 && _calls[which % _calls.Count] is { Reply: null } call)
                call.Reply = X.Arrive(Now);
        }

        private void Deliver(int which, Telling telling)
        {
            if (_calls.Count == 0)
                return;
            var call = Remove(which);
            var reply = call.Reply ?? X.Arrive(Now);
            List<HeaderField> headers = telling switch
            {
                Telling.Whole => reply.Headers,
                Telling.Nothing => [],
                _ => [.. reply.Headers.Select(header => header with { Value = "?" + header.Value[1..] })],
            };
            if (headers.FirstOrDefault(header => header.Name is "Date") is { Name: not null } date)
                _clock.Observe(date.Value, Now);
            var read = RateLimitHeaders.Parse(headers);
            if (telling is not Telling.Whole)
                Unheard(reply);
            call.Reservation.Settle(read, Now);
            if (reply.Status == 429 && (read == default || read.SayExhausted))
                call.Reservation.Exhaust(Now.AddSeconds(60), Now);
        }

        private void Lose(int which)
        {
            if (_calls.Count == 0)
                return;
            var call = Remove(which);
            Unheard(call.Reply ?? X.Arrive(Now));
            call.Reservation.Settle(default, Now);
        }

        private void NeverSeen(int which)
        {
            if (_calls.Count > 0 && _calls[which % _calls.Count].Reply is null)
                Remove(which).Reservation.Release();
        }

        private void Pass(TimeSpan time)
        {
            Now += time;
            foreach (var call in _calls)
                call.Age += time;
            for (var i = _calls.Count - 1; i >= 0; i--)
            {
                if (_calls[i].Age > RequestTimeout)
                    Lose(i);
            }
        }

        private void PassLong(int length)
        {
            while (_calls.Count > 0)
                Deliver(0, length % 3 == 0 ? Telling.Nothing : Telling.Whole);
            var reset = Snapshots().Select(window => window.ResetAt).Where(at => at > Now).Min();
            Now = (length % 4, reset) switch
            {
                (0, { } at) => at, // to the very instant
                (1, { } at) => at.AddMilliseconds(-1),
                (2, _) => Now.AddSeconds(length % 1_000),
                _ => Now.AddMinutes(length % 2_000),
            };
        }

        private void Change(int how)
        {
            if (how % 2 == 0)
                X.SetLimit(how / 2, how / 4 % 30);
            else if (_oursMayJump)
                Now = Now.AddMinutes((how % 240) - 120);
        }

        private Call Remove(int which)
        {
            var call = _calls[which % _calls.Count];
            _calls.Remove(call);
            return call;
        }

        private static void Unheard(ModelX.Reply reply)
        {
            foreach (var window in reply.Of)
                window.Unheard++;
        }

        private enum Telling
        {
            Whole,
            Nothing,
            Garbled,
        }

        private sealed class Call(EndpointWindows.Reservation reservation)
        {
            public EndpointWindows.Reservation Reservation => reservation;

            public ModelX.Reply? Reply { get; set; }

            public TimeSpan Age { get; set; }
        }
    }
}
