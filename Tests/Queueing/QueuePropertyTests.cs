using FsCheck;
using FsCheck.Fluent;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Queueing;

/// <summary>
/// Whatever comes, leaves, is answered or fails: the order holds, clients take turns, nobody is forgotten, and no permit is lost.
/// </summary>
public sealed class QueuePropertyTests(ITestOutputHelper output)
{
    private static readonly Gen<QueueStep> AnyStep =
        from happening in Gen.Frequency(
            (6, Gen.Constant(Happening.Arrive)),
            (3, Gen.Constant(Happening.GoAhead)),
            (2, Gen.Constant(Happening.Leave)),
            (3, Gen.Constant(Happening.Answer)),
            (2, Gen.Constant(Happening.AnswerWithHeaders)),
            (1, Gen.Constant(Happening.NeverSeen)),
            (4, Gen.Constant(Happening.Pass))
        )
        from account in Gen.Choose(0, 1)
        from client in Gen.Choose(0, 2)
        from urgency in Gen.Frequency((3, Gen.Constant(3)), (1, Gen.Choose(0, 7)))
        from number in Gen.Choose(0, 1_000_000)
        select new QueueStep(happening, account, client, urgency, number);

    [Theory]
    [InlineData(1, 1000, 1)]
    [InlineData(5, 1000, 1)]
    [InlineData(20, 1000, 5)]
    [InlineData(100, 10, 1)] // the app's window is the scarce one
    [InlineData(10, 40, 3)]
    public void A_queue_keeps_its_promises(int limit, int appLimit, int burst) => Properties.Hold(output, 60, 250, AnyStep, steps =>
        {
            var world = new QueueWorld(limit, appLimit, burst);
            foreach (var step in steps)
                world.Do(step);
            world.ComeToRest();
        });

    [Fact]
    public void A_queue_that_is_closed_has_answered_everybody() => Properties.Hold(output, 60, 250, AnyStep, steps =>
        {
            var world = new QueueWorld(limit: 3, appLimit: 20, burst: 2);
            foreach (var step in steps)
                world.Do(step);
            world.Close();
        });

    [Fact]
    public async Task Threads_that_wait_leave_and_return_at_once_lose_no_permit_and_leave_nobody_behind()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var bench = new QueueBench(limit: 50, options: new() { Burst = 3 });
        bench.UseUp();
        bench.Clock.Advance(TimeSpan.FromMinutes(14));
        var (went, left, refused) = (0, 0, 0);
        var callers = Enumerable
            .Range(0, 8)
            .Select(thread =>
                Task.Run(async () =>
                {
                    var random = new Random(seed + thread);
                    for (var i = 0; i < 250; i++)
                    {
                        using var caller = new CancellationTokenSource();
                        var wait = bench.Wait(
                            $"{thread}",
                            client: $"client{random.Next(3)}",
                            urgency: random.Next(8),
                            seconds: random.Next(30, 300),
                            cancellationToken: caller.Token
                        );
                        if (random.Next(3) == 0)
                            await caller.CancelAsync();
                        try
                        {
                            var turn = await wait;
                            Interlocked.Increment(ref turn.Rejection is null ? ref went : ref refused);
                            if (random.Next(2) == 0)
                                turn.Permits.Settle(default, bench.Now);
                            else
                                turn.Permits.Release();
                            bench.Account().Returned(bench.Endpoint.Key);
                        }
                        catch (OperationCanceledException)
                        {
                            Interlocked.Increment(ref left);
                        }
                    }
                })
            )
            .ToList();
        var all = Task.WhenAll(callers);
        while (!all.IsCompleted)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await all;
        output.WriteLine($"{went} went, {left} left, {refused} were refused");
        Assert.Equal(2000, went + left + refused);
        Assert.True(went > 0);
        Assert.Equal(0, bench.Queue.Waiting);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(50, bench.Windows().Account.Outlook(bench.Now).Left);
        Assert.Equal(0, bench.Clock.PendingTimers);
    }
}
