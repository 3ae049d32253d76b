using System.CommandLine;

namespace OrleansTwitterProxy.Smoke;

/// <summary>The command line.</summary>
internal static class SmokeCommand
{
    private const string ApiKey = "SMOKE_API_KEY";
    private const string SessionToken = "SMOKE_SESSION_TOKEN";

    private const string Description = $"""
        Drives a running proxy through sign-in, post, timeline, media and sign-out, prints a line for each step with its time,
        and stops at the first that fails. What it posted it deletes.

        Where X is the sandbox, it signs in by itself. The real X has a consent page for people, so there it needs the token of
        a session that exists; it then skips sign-in and sign-out, and the session lives on.

        Secrets are read from the environment, and never printed:

          {ApiKey}         the client's API key; default dev-key
          {SessionToken}   the session to use instead of a sign-in

        Exit codes: 0 every step passed, 1 the command line is not valid; else the step that failed: 2 reach, 3 sign-in, 4 post,
        5 timeline, 6 media, 7 delete, 8 sign-out.
        """;

    public static RootCommand Create()
    {
        var url = new Argument<string>("URL") { Description = "Base URL of the proxy, such as https://proxy.example.com." };
        url.Validators.Add(result =>
        {
            if (result.GetValue(url) is { } given && Parse(given) is null)
                result.AddError($"'{given}' is no base URL. Write it as https://proxy.example.com, without a path.");
        });
        var user = new Option<string>("--user") { Description = "Name of the sandbox's user.", DefaultValueFactory = _ => "smoke" };
        var timeout = new Option<int>("--timeout") { Description = "Seconds that a step may take.", DefaultValueFactory = _ => 60 };
        timeout.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.GetValue(timeout) is >= 1 and <= 3600)
                return;
            result.AddError("--timeout is a number of seconds from 1 to 3600.");
        });
        var json = new Option<bool>("--json") { Description = "Prints each step as a line of JSON." };
        var command = new RootCommand(Description) { url, user, timeout, json };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var options = new SmokeOptions(
                    Parse(result.GetRequiredValue(url))!,
                    result.GetRequiredValue(user),
                    TimeSpan.FromSeconds(result.GetValue(timeout)),
                    Environment(ApiKey) ?? "dev-key",
                    Environment(SessionToken)
                );
                using var run = new SmokeRun(options, new(Console.Out, result.GetValue(json)), TimeProvider.System);
                return await run.RunAsync(cancellationToken);
            }
        );
        return command;
    }

    private static Uri? Parse(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed)
        && parsed is { Scheme: "http" or "https", PathAndQuery: "/", Fragment: "", UserInfo: "" }
            ? parsed
            : null;

    private static string? Environment(string name) =>
        System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value.Trim() : null;
}

/// <summary>What a run needs.</summary>
/// <param name="BaseUrl">The proxy.</param>
/// <param name="User">Name of the sandbox's user.</param>
/// <param name="Timeout">Longest time of a step.</param>
/// <param name="ApiKey">The client's key. A secret.</param>
/// <param name="SessionToken">A session that exists; null to sign in. A secret.</param>
internal sealed record SmokeOptions(Uri BaseUrl, string User, TimeSpan Timeout, string ApiKey, string? SessionToken)
{
    public override string ToString() => $"[smoke test of {BaseUrl}]";
}
