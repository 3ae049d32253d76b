using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>Many uploads at once: measures their effect on ordinary calls.</summary>
internal static class Uploads
{
    private const int MiB = 1024 * 1024;
    private const string Ordinary = "/2/users/by/username/alice";
    private const int WarmUps = 2; // until the JIT has compiled everything

    public static Command Command()
    {
        var uploads = new Option<int>("--uploads")
        {
            Description = "Number of uploads, each by its own account.",
            DefaultValueFactory = _ => 20,
        };
        var size = new Option<int>("--mib") { Description = "Size of each, in MiB.", DefaultValueFactory = _ => 16 };
        var speed = new Option<int>("--mib-per-second") { Description = "How fast each client sends.", DefaultValueFactory = _ => 1 };
        var spread = new Option<double>("--spread")
        {
            Description = "Seconds over which they start; 0: all at once, so that all segments end together.",
            DefaultValueFactory = _ => 0,
        };
        var rate = new Option<int>("--rate") { Description = "Ordinary calls per second.", DefaultValueFactory = _ => 100 };
        var rounds = new Option<int>("--rounds")
        {
            Description = "Number of rounds; each measures first without and then with the uploads.",
            DefaultValueFactory = _ => 3,
        };
        var command = new Command("uploads", "Twenty uploads at once.") { uploads, size, speed, spread, rate, rounds };
        command.SetAction(
            (result, _) =>
                RunAsync(
                    result.GetValue(uploads),
                    result.GetValue(size),
                    result.GetValue(speed),
                    result.GetValue(spread),
                    result.GetValue(rate),
                    result.GetValue(rounds)
                )
        );
        return command;
    }

    public static Command LoadCommand()
    {
        var (proxy, size, speed) = (new Argument<string>("proxy"), new Argument<int>("mib"), new Argument<int>("mib-per-second"));
        var (spread, tokens) = (new Argument<double>("spread"), new Argument<string[]>("tokens"));
        var command = new Command("uploads-load") { Hidden = true, Arguments = { proxy, size, speed, spread, tokens } };
        command.SetAction(
            (result, _) =>
                LoadAsync(
                    new(result.GetRequiredValue(proxy)),
                    result.GetValue(size),
                    result.GetValue(speed),
                    result.GetValue(spread),
                    result.GetRequiredValue(tokens)
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(int uploads, int mebibytes, int speed, double spread, int rate, int rounds)
    {
        await using var world = await World.StartAsync();
        using var caller = World.Client(world.Proxy, await world.SignInAsync("alice"));
        using var straight = World.Client(world.X);
        List<string> tokens = [];
        for (var i = 0; i < uploads; i++)
            tokens.Add(await world.SignInAsync($"uploader{i}"));
        var (before, during) = (new PairOfTimes([], []), new PairOfTimes([], []));
        var memory = 0L;
        for (var round = 1 - WarmUps; round <= rounds; round++)
        {
            Console.Error.Write(round < 1 ? "warming up" : $"round {round} of {rounds}");
            var quiet = await CallAsync(Seconds(round < 1 ? 5 : 15));
            if (memory == 0)
                memory = world.ProxyMemory;
            using var load = LoadProcess.Start([
                "uploads-load",
                world.Proxy.ToString(),
                $"{mebibytes}",
                $"{speed}",
                FormattableString.Invariant($"{spread}"),
                .. tokens,
            ]);
            await load.ReadAsync();
            await load.GoAsync();
            var done = load.ReadAsync();
            var beside = await CallAsync(done);
            Console.Error.WriteLine($": {await done}");
            if (round < 1)
                continue;
            before.Add(quiet);
            during.Add(beside);
        }

        Console.WriteLine($"through the proxy, alone: {SteadyCalls.Describe(before.One)}");
        Console.WriteLine($"through the proxy, beside {uploads} uploads: {SteadyCalls.Describe(during.One, before.One)}");
        Console.WriteLine($"a page of the sandbox itself, alone: {SteadyCalls.Describe(before.Other)}");
        Console.WriteLine($"a page of the sandbox itself, beside {uploads} uploads: {SteadyCalls.Describe(during.Other, before.Other)}");
        Console.WriteLine($"memory of the proxy: {memory} MiB before, {world.ProxyMemory} MiB after");
        return 0;

        Task<PairOfTimes> CallAsync(Task end) => SteadyCalls.RunBothAsync((caller, Ordinary), (straight, "/_sandbox"), rate, end);
    }

    private static async Task<int> LoadAsync(Uri proxy, int mebibytes, int speed, double spread, string[] tokens)
    {
        var file = new byte[mebibytes * MiB];
        Random.Shared.NextBytes(file);
        "\0\0\0\u0018ftypmp42\0\0\0\0mp42isom"u8.CopyTo(file);
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(
            tokens.Select(
                async (token, index) =>
                {
                    await Seconds(spread * index / tokens.Length);
                    await UploadAsync(proxy, token, file, speed * MiB);
                }
            )
        );
        Console.WriteLine(
            $"{tokens.Length} uploads of {mebibytes} MiB in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s"
        );
        return 0;
    }

    private static async Task UploadAsync(Uri proxy, string token, byte[] file, double bytesPerSecond)
    {
        using var http = World.Client(proxy, token);
        http.DefaultRequestHeaders.Add("Tus-Resumable", "1.0.0");
        using var create = new HttpRequestMessage(HttpMethod.Post, "/v1/media")
        {
            Headers = { { "Upload-Length", $"{file.Length}" }, { "Upload-Metadata", $"filetype {Convert.ToBase64String("video/mp4"u8)}" } },
        };
        using var begun = await http.SendAsync(create);
        using var send = new HttpRequestMessage(HttpMethod.Patch, begun.EnsureSuccessStatusCode().Headers.Location)
        {
            Headers = { { "Upload-Offset", "0" } },
            Content = new PacedContent(file, bytesPerSecond),
        };
        using var sent = await http.SendAsync(send);
        sent.EnsureSuccessStatusCode();
    }

    private static Task Seconds(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, CancellationToken.None);

    /// <summary>A file sent at a constant speed.</summary>
    private sealed class PacedContent : HttpContent
    {
        private const int Write = 64 * 1024;

        private readonly byte[] _file;
        private readonly double _bytesPerSecond;

        public PacedContent(byte[] file, double bytesPerSecond)
        {
            (_file, _bytesPerSecond) = (file, bytesPerSecond);
            Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var started = TimeProvider.System.GetTimestamp();
            for (var at = 0; at < _file.Length; at += Write)
            {
                await stream.WriteAsync(_file.AsMemory(at, Math.Min(Write, _file.Length - at)));
                var ahead = (at / _bytesPerSecond) - TimeProvider.System.GetElapsedTime(started).TotalSeconds;
                if (ahead > 0)
                    await Seconds(ahead);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _file.Length;
            return true;
        }
    }
}
