using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Silo.Storage;

/// <summary>The command <c>Silo rewrap URL</c>: has a running proxy re-encrypt its tokens, and shows how far it is.</summary>
internal static class RewrapCommand
{
    /// <summary>The environment variable with the admin key: a command line is visible to other users.</summary>
    public const string KeyVariable = "ADMIN_KEY";

    private const int BarWidth = 30;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static Command Create(string[] settings)
    {
        var url = new Argument<string>("URL") { Description = "The running proxy, such as http://127.0.0.1:8080." };
        var command = new Command(
            "rewrap",
            $"Re-encrypts stored tokens with the newest key, while the proxy runs. The admin key is read from the environment variable {KeyVariable}."
        )
        {
            url,
        };
        command.SetAction(
            (result, cancellationToken) => CommandLine.ExplainAsync(() => RunAsync(result.GetRequiredValue(url), cancellationToken))
        );
        return command;
    }

    private static async Task<int> RunAsync(string address, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new StartupException($"'{address}' is no address of a proxy. Write it as http://HOST:PORT.");
        if (Environment.GetEnvironmentVariable(KeyVariable) is not { Length: > 0 } key)
            throw new StartupException($"Set the environment variable {KeyVariable} to an admin key of the proxy.");
        using var http = new HttpClient { BaseAddress = url };
        http.DefaultRequestHeaders.TryAddWithoutValidation(AdminKeyAuthentication.Header, key);
        try
        {
            var progress = await ReadAsync(await http.PostAsync(RewrapEndpoints.Path, null, cancellationToken));
            var (shown, isTerminal) = (-1, !Console.IsOutputRedirected);
            while (progress.State is RewrapState.Running)
            {
                var done = Done(progress);
                if (isTerminal)
                    Console.Write($"\r{Bar(progress)}");
                else if (done != shown)
                    Console.WriteLine(Words(progress));
                shown = done;
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
                progress = await ReadAsync(await http.GetAsync(RewrapEndpoints.Path, cancellationToken));
            }

            Console.WriteLine(isTerminal ? $"\r{Bar(progress)}" : Words(progress));
            return Report(progress);
        }
        catch (HttpRequestException e)
        {
            throw new StartupException($"The proxy at {url} does not answer: {e.Message} What was re-encrypted stays so; run this again.");
        }
    }

    private static int Report(RewrapProgress progress)
    {
        foreach (var key in progress.Keys)
        {
            Console.WriteLine(
                key switch
                {
                    { IsNewest: true } => $"key {key.Id}: the newest, {key.Tokens} tokens",
                    { Tokens: > 0 } => $"key {key.Id}: still needed, {key.Tokens} tokens",
                    _ => $"key {key.Id}: no stored token needs it; session tokens of clients may until {key.NeededUntil:u}",
                }
            );
        }

        if (progress is { State: RewrapState.Completed, Failed: 0 })
            return 0;
        Console.Error.WriteLine(
            progress.State is RewrapState.Completed
                ? $"{progress.Failed} accounts were left as they are; the proxy's log says why."
                : "It was cut off. Run this again: what is done is skipped."
        );
        return 1;
    }

    private static async Task<RewrapProgress> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            if (!response.IsSuccessStatusCode)
            {
                throw new StartupException($"The proxy answers {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
            }

            return (await response.Content.ReadFromJsonAsync<RewrapProgress>(Json))!;
        }
    }

    private static int Done(RewrapProgress progress) => progress.Reencrypted + progress.Skipped + progress.Failed;

    private static string Words(RewrapProgress progress) =>
        $"{Done(progress)} of {progress.Accounts} accounts: {progress.Reencrypted} re-encrypted, {progress.Skipped} skipped, {progress.Failed} failed";

    private static string Bar(RewrapProgress progress)
    {
        var filled = progress.Accounts == 0 ? BarWidth : Math.Min(BarWidth, BarWidth * Done(progress) / progress.Accounts);
        return $"[{new string('#', filled)}{new string('.', BarWidth - filled)}] {Words(progress)}";
    }
}
