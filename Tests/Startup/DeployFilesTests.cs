using System.Diagnostics;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Startup;

/// <summary>What docker-compose.yml and deploy/cluster refuse, and what they say then.</summary>
public sealed class DeployFilesTests
{
    private const string Sandbox = "http://sandbox:8081 http://localhost:8081/i/oauth2/authorize";
    private const string X = "https://api.x.com https://x.com/i/oauth2/authorize";

    [Theory]
    [InlineData("sandbox-client", "sandbox-secret", Sandbox, "")]
    [InlineData("app", "secret", X, "")]
    [InlineData("app", "", X, "")]
    [InlineData("app", "secret", "http://recorder:1234 http://localhost:1234/authorize", "")]
    [InlineData("app", "secret", Sandbox, "set TWITTER_API_BASE_URL=https://api.x.com as well")]
    [InlineData("app", "secret", "https://api.x.com http://localhost:8081/i/oauth2/authorize", "set TWITTER_AUTHORIZE_URL=https://x.com")]
    [InlineData("app", "sandbox-secret", X, "set TWITTER_CLIENT_SECRET as well")]
    [InlineData("sandbox-client", "sandbox-secret", X, "leave out TWITTER_API_BASE_URL and TWITTER_AUTHORIZE_URL")]
    [InlineData("sandbox-client", "secret", Sandbox, "leave out TWITTER_CLIENT_SECRET")]
    public async Task Compose_refuses_credentials_of_one_beside_addresses_of_the_other(string id, string secret, string urls, string said)
    {
        var (exitCode, errors) = await RunAsync(
            "sh",
            ["-c", ComposeScript()],
            ("Twitter__ClientId", id),
            ("Twitter__ClientSecret", secret),
            ("Twitter__ApiBaseUrl", urls.Split(' ')[0]),
            ("Twitter__AuthorizeUrl", urls.Split(' ')[1])
        );

        Assert.Equal(said.Length == 0 ? 0 : 1, exitCode);
        Assert.Contains(said, errors, StringComparison.Ordinal);
        Assert.Equal(said.Length == 0 ? 0 : 1, errors.Count(c => c == '\n'));
    }

    [Fact]
    public async Task The_script_names_PostgreSQL_where_it_is_missing_and_starts_nothing()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "deploy"));
        var script = Path.Combine(folder.Path, "deploy", "cluster");
        await File.WriteAllTextAsync(
            script,
            (await File.ReadAllTextAsync(Path.Combine(CheckedIn.Root, "deploy", "cluster")))
                .Replace("/usr/lib/postgresql", "/nowhere", StringComparison.Ordinal)
                .Replace("pg_config --bindir", "false", StringComparison.Ordinal)
        );

        var (exitCode, errors) = await RunAsync("bash", [script, "up"]);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            "cluster: PostgreSQL's program initdb is not on this machine.",
            errors[..(errors.IndexOf('.', StringComparison.Ordinal) + 1)]
        );
        Assert.Contains("apt install postgresql", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data-cluster")));
    }

    // The block below the service's "command:", as Compose passes it on.
    private static string ComposeScript()
    {
        var lines = File.ReadAllLines(Path.Combine(CheckedIn.Root, "docker-compose.yml"))
            .SkipWhile(line => line != "  settings:")
            .SkipWhile(line => line.Trim() != "- |")
            .Skip(1)
            .TakeWhile(line => line.StartsWith("        ", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(lines);
        return string.Join('\n', lines).Replace("$$", "$", StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Errors)> RunAsync(
        string program,
        string[] arguments,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, errors);
    }
}
