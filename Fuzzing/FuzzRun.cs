using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Fuzzing.Answers;
using OrleansTwitterProxy.Fuzzing.Requests;

namespace OrleansTwitterProxy.Fuzzing;

/// <summary>
/// Sends made-up requests to a proxy, round by round, and says what it should not have answered. In a round several clients send at
/// once, each with an account of its own; in every second round X fails as well. Between rounds X is well, and the log, the
/// health and the state of a user who takes no part are checked.
/// </summary>
/// <param name="subject">The proxy.</param>
/// <param name="options">How long, and with which seed.</param>
/// <param name="say">Takes lines for people: finds, and the progress.</param>
public sealed partial class FuzzRun(FuzzSubject subject, FuzzOptions options, Action<string> say) : IDisposable
{
    /// <summary>Requests in a round.</summary>
    public const int RoundLength = Clients * PerClient;

    private const int Clients = 8;
    private const int PerClient = 40;
    private const int Accounts = 64;
    private const double WarmUp = 0.25; // of the duration: until then the code is compiled, and pools and caches fill

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        }
    )
    {
        Timeout = options.Bound,
    };
    private readonly ConcurrentDictionary<string, string> _finds = new(StringComparer.Ordinal);
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private long _requests;

    /// <summary>Runs to the end.</summary>
    public async Task<FuzzReport> RunAsync()
    {
        var routes = Route.ReadFrom(await _http.GetFromJsonAsync<JsonElement>(new Uri(subject.Proxies[0], "/openapi/v1.json")));
        var users = new Users(subject, _http);
        var bystander = await users.BystanderAsync($"bystander{options.Seed}");
        var state = await users.StateOfAsync(bystander);
        var judge = new Judge([bystander.SessionToken]);
        var maker = new RequestMaker(options.Seed, routes);
        long? memory = null;
        for (var round = options.Only / RoundLength ?? 0; !IsOver(round); round++)
        {
            if (memory is null && IsWarm && subject.MeasureMemoryAsync is { } measure)
                memory = await measure();
            await PlayAsync(round, maker, judge, users, bystander);
            await users.CloseCircuitsAsync();
            CheckLog(round, judge);
            await CheckStateAsync(round, users, bystander, state);
            say($"progress {Progress(round)}");
            if (options.Only is not null)
                break;
        }

        if (memory is { } before && await subject.MeasureMemoryAsync!() is var after)
        {
            say($"settled memory: {Mebibytes(before)} after the warm-up, {Mebibytes(after)} at the end");
            if (after - before > options.MemoryBound * subject.Processes)
                Find("memory", $"the settled memory grew from {Mebibytes(before)} to {Mebibytes(after)}");
        }

        return new(_requests, [.. _finds.Values]);
    }

    public void Dispose() => _http.Dispose();

    private bool IsWarm => options.Only is null && TimeProvider.System.GetElapsedTime(_started) >= WarmUp * options.Duration;

    private bool IsOver(int round) =>
        options.Only is null && (round >= options.Rounds || TimeProvider.System.GetElapsedTime(_started) >= options.Duration);

    private async Task PlayAsync(int round, RequestMaker maker, Judge judge, Users users, Bystander bystander)
    {
        var fixtures = await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(client =>
                    users.FixtureAsync(
                        subject.Proxies[client % subject.Proxies.Count],
                        $"fuzz{((round * Clients) + client) % Accounts}",
                        $"{options.Seed} {round}",
                        bystander
                    )
                )
        );
        var faults = FailingX.Of(RequestMaker.RandomFor(~options.Seed, round));
        await FailingX.ScriptAsync(_http, users.X!, faults);
        using var over = new CancellationTokenSource();
        var health = WatchHealthAsync(round, over.Token);
        await Task.WhenAll(
            fixtures.Select(
                async (fixture, client) =>
                {
                    for (var i = 0; i < PerClient; i++)
                    {
                        var number = (round * RoundLength) + (client * PerClient) + i;
                        if (options.Only is null || options.Only == number)
                            await TryAsync(maker.Make(number, fixture), fixture, judge, faults);
                    }
                }
            )
        );
        await over.CancelAsync();
        await health;
        await FailingX.ScriptAsync(_http, users.X!, []);
    }

    private async Task TryAsync(MadeRequest request, Fixture fixture, Judge judge, IReadOnlyList<object> faults)
    {
        Interlocked.Increment(ref _requests);
        var exchange = await Exchange.RunAsync(fixture.Proxy, request, options.Bound);
        var fault = judge.FaultOf(request, exchange, faults.Count > 0);
        if (fault is null && options.Only is null)
            return;
        Find(
            $"{request.Method} {request.Route.Path} {fault?.Status} {fault?.Reason} {fault?.What}",
            $"""
            {fault?.What ?? "nothing found"}: {request.Method} {request.Route.Path} {fault?.Status} {fault?.Reason}
            request {request.Number} ({request.Count} of them, in {request.Pieces} pieces, then {request.Ending}):
            {Shown(request.Bytes)}
            {(faults.Count > 0 ? $"X: {JsonSerializer.Serialize(faults)}" : "X is well")}
            answer after {exchange.Elapsed.TotalMilliseconds:0} ms, {exchange.End}:
            {string.Join(
                "\n",
                exchange.Answers.Select(answer =>
                    $"{answer.Status} {string.Join("; ", answer.Headers.Select(header => $"{header.Key}: {header.Value}"))}\n{Shown(answer.Body)}"
                )
            )}
            repeat it with: --seed {options.Seed} --only {request.Number}
            """,
            fault is not null
        );
    }

    private async Task WatchHealthAsync(int round, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            foreach (var proxy in subject.Proxies)
            {
                try
                {
                    using var answer = await _http
                        .GetAsync(new Uri(proxy, "/healthz/live"), CancellationToken.None)
                        .WaitAsync(options.Bound / 6, TimeProvider.System, CancellationToken.None);
                    if (!answer.IsSuccessStatusCode)
                        Find("health", $"round {round}: /healthz/live answered {(int)answer.StatusCode}");
                }
                catch (Exception e) when (e is HttpRequestException or TimeoutException)
                {
                    Find("health", $"round {round}: /healthz/live: {e.Message}");
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, over)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!subject.IsAlive())
            Find("process", $"round {round}: the process has ended");
    }

    private void CheckLog(int round, Judge judge)
    {
        foreach (var line in subject.TakeLog?.Invoke() ?? [])
        {
            if (judge.SecretIn($"{line.Message} {line.Exception}") is { } secret)
                Find($"log secret {line.Category}", $"round {round}: {secret} is in the log: {line}");
            if (line.NeedsReason && !ExpectedLog.Explains(line))
                Find($"log {line.Category} {Digits().Replace(line.Message, "#")}", $"round {round}: unexplained log line: {line}");
        }
    }

    private async Task CheckStateAsync(int round, Users users, Bystander bystander, string before)
    {
        var now = await users.StateOfAsync(bystander);
        if (now != before)
        {
            await users.CloseCircuitsAsync(); // a request whose sender had left may have isolated one after the round
            now = await users.StateOfAsync(bystander);
        }

        if (now != before)
            Find("state", $"round {round}: another user's state has changed\nfrom {before}\nto   {now}");
    }

    private void Find(string key, string text, bool counts = true)
    {
        if (!counts)
            say(text);
        else if (_finds.TryAdd(key, text))
            say($"\nFIND {_finds.Count}: {text}\n");
    }

    private string Progress(int round)
    {
        var elapsed = TimeProvider.System.GetElapsedTime(_started);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{elapsed:mm\\:ss}: {_requests} requests in {round + 1} rounds, {_requests / elapsed.TotalSeconds:0}/s, {_finds.Count} finds"
        );
    }

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.0} MiB");

    // As it can be pasted into printf.
    private static string Shown(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes.Take(4_000))
        {
            text.Append(
                (char)b switch
                {
                    '\r' => "\\r",
                    '\n' => "\\n\n",
                    '\\' => "\\\\",
                    >= ' ' and <= '~' => ((char)b).ToString(),
                    _ => $"\\x{b:x2}",
                }
            );
        }

        return bytes.Length > 4_000 ? $"{text}... ({bytes.Length} bytes)" : text.ToString();
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
