using System.Globalization;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Crash;

/// <summary>
/// Posts with keys while X loses answers, fails, and the proxy is killed twice: each text once. The sandbox would take a text twice, so
/// that a double is counted and not refused. A full run: EXACTLY_ONCE_POSTS=20000.
/// </summary>
public sealed class ExactlyOnceTests(ITestOutputHelper output)
{
    private static readonly int Posts = int.Parse(
        Environment.GetEnvironmentVariable("EXACTLY_ONCE_POSTS") ?? "1000",
        CultureInfo.InvariantCulture
    );

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["Idempotency:ResendAfter"] = "00:00:01",
        ["Twitter:RequestTimeout"] = "00:00:05",
    };

    [Fact]
    public async Task Each_text_is_posted_once_though_answers_are_lost_and_the_process_is_killed_twice()
    {
        await using var world = await DurableWorld.StartAsync(options: new() { EnforceLimits = false, RejectDuplicatePosts = false });
        var process = await ProxyProcess.StartAsync(world, Settings);
        try
        {
            var tokens = new List<string>();
            for (var account = 0; account < 20; account++)
            {
                process.Http.DefaultRequestHeaders.Authorization = null;
                await process.Http.SignInAsync($"once{account}");
                tokens.Add(process.Http.DefaultRequestHeaders.Authorization!.Parameter!);
            }

            var lost = world.Sandbox.Faults.Add(
                new()
                {
                    Endpoint = "POST /2/tweets",
                    LostResponse = true,
                    Ratio = 0.10,
                    Seed = 1,
                }
            );
            var failed = world.Sandbox.Faults.Add(
                new()
                {
                    Endpoint = "POST /2/tweets",
                    Variant = Sandbox.FaultVariant.UnavailableJson,
                    Ratio = 0.05 / 0.90,
                    Seed = 2,
                }
            );
            var url = process.Http.BaseAddress!;
            using var load = new KeyedLoad(() => Volatile.Read(ref url), tokens, Posts);
            var started = TimeProvider.System.GetTimestamp();
            var run = load.RunAsync();
            foreach (var third in (int[])[1, 2])
            {
                await Task.WhenAny(load.UntilAsync(Posts * third / 3), run);
                await process.KillAsync();
                await process.DisposeAsync();
                process = await ProxyProcess.StartAsync(world, Settings);
                Volatile.Write(ref url, process.Http.BaseAddress!);
            }

            await run;

            var posts = world.Sandbox.Counters.ByPostText;
            output.WriteLine(
                $"{Posts} texts in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F0} s; {lost.Hits} answers lost, {failed.Hits} 503s, 2 kills"
            );
            output.WriteLine($"answers: {load.Answers}");
            output.WriteLine(
                $"posted twice or more: {posts.Count(post => post.Value > 1)}, never: {load.Texts.Count(text => !posts.ContainsKey(text))}, ids told twice: {Posts - load.Ids.Values.Distinct().Count()}"
            );
            Assert.All(load.Texts, text => Assert.Equal(1, posts.GetValueOrDefault(text)));
            Assert.Equal(Posts, load.Ids.Values.Distinct().Count());
            Assert.True(lost.Hits >= Posts / 20 && failed.Hits >= Posts / 50, "The run was not as bad as it should have been.");
        }
        finally
        {
            await process.DisposeAsync();
        }
    }
}
