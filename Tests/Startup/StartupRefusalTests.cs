using System.Net;
using System.Net.Sockets;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Startup;

/// <summary>When the proxy cannot start it says what to set, and nothing else.</summary>
public sealed class StartupRefusalTests
{
    private static readonly string[] Credentials = ["--Twitter:ClientId=id", "--Twitter:ClientSecret=secret"];
    private static readonly string[] Client = [$"--Clients:app:ApiKeys:0={ApiKey.Hash("key")}"];

    [Fact]
    public async Task Off_loopback_without_X_credentials_it_refuses_and_names_them() =>
        await AssertProcessRefusesAsync(
            ["--Sandbox:Url=http://127.0.0.1:0", "--urls", "http://0.0.0.0:0"],
            "can be reached from other machines",
            "Twitter__ClientId",
            "Twitter__ClientSecret"
        );

    [Fact]
    public async Task The_built_in_sandbox_behind_a_public_address_is_refused() =>
        await AssertProcessRefusesAsync(
            ["--Sandbox:Url=http://127.0.0.1:0", "--urls", "http://127.0.0.1:0", "--Proxy:PublicUrl", "https://proxy.example.com"],
            "Proxy__PublicUrl (https://proxy.example.com) is reached from other machines",
            "Twitter__ClientId"
        );

    [Theory]
    [InlineData("http://*:0")]
    [InlineData("http://+:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://127.0.0.1:0;http://0.0.0.0:0")]
    [InlineData("http://192.0.2.1:80")]
    [InlineData("http://proxy.example.com:80")]
    public async Task Off_loopback_without_clients_it_refuses_and_says_how_to_make_one(string urls) =>
        await AssertRefusesAsync(
            [.. Credentials, "--urls", urls],
            urls.Replace(";", ", ", StringComparison.Ordinal),
            "no client is configured",
            "keys new NAME"
        );

    [Fact]
    public async Task Off_loopback_without_a_public_url_it_refuses_and_names_the_setting() =>
        await AssertRefusesAsync(
            [.. Credentials, .. Client, "--urls", "http://0.0.0.0:0"],
            "Proxy__PublicUrl is not set",
            "/v1/auth/callback"
        );

    [Theory]
    [InlineData("--Twitter:RequestTimeout=00:00:00.001", "Twitter:RequestTimeout:")]
    [InlineData("--Twitter:RequestTimeout=soon", "--Twitter:RequestTimeout: 'soon' is not a duration: write hh:mm:ss")]
    [InlineData("--Twitter:ApiBaseUrl=api.x.com", "Twitter:ApiBaseUrl:")]
    [InlineData("--Circuit:FailureRatio=half", "--Circuit:FailureRatio: 'half' is not a number")]
    [InlineData("--Sessions:MaintenanceInterval=1.00:00:00", "Sessions:MaintenanceInterval:")]
    [InlineData("--Proxy:PublicUrl=proxy", "Proxy:PublicUrl:")]
    [InlineData("--Proxy:TrustedProxies:0=lb.example.com", "Proxy:TrustedProxies: 'lb.example.com'")]
    [InlineData("--Clients:app:ApiKeys:0=in-the-clear", "Clients:app:ApiKeys:0")]
    [InlineData("--Clients:app:Scopes:0=tweet.peek", "tweet.peek")]
    [InlineData("--Clients:app:Origins:0=https://a.example.com/", "Clients:app:Origins")]
    [InlineData("--Proxy:DataPath=/dev/null/data", "--Proxy:DataPath")]
    [InlineData(
        "--Circuit:BrekDuration=00:00:05",
        "--Circuit:BrekDuration: there is no such setting. Did you mean --Circuit:BreakDuration?"
    )]
    [InlineData(
        "--Clients:app:ReturnUrl=https://a.example.com",
        "--Clients:app:ReturnUrl: there is no such setting. Did you mean --Clients:app:ReturnUrls?"
    )]
    [InlineData("--Proxy:PublicUrl=https://proxy.example.com/below", "Proxy:PublicUrl: write it as")]
    public async Task A_setting_that_is_not_valid_is_named(string setting, string named) =>
        await AssertRefusesAsync([.. Credentials, "--urls", "http://127.0.0.1:0", setting], named);

    [Fact]
    public async Task Every_setting_that_is_not_valid_is_named_at_once() =>
        await AssertProcessRefusesAsync(
            [.. Credentials, "--urls", "http://127.0.0.1:0", "--Circuit:FailureRatio=7", "--Twitter:ConnectTimeout=0"],
            "Circuit:FailureRatio:",
            "Twitter:ConnectTimeout:"
        );

    [Fact]
    public async Task An_address_in_use_is_told_with_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        await AssertProcessRefusesAsync([.. Credentials, "--urls", $"http://{taken.LocalEndpoint}"], "already in use", "--urls");
    }

    [Theory]
    [InlineData("--Sandbox:Url=http://203.0.113.1:8081", "cannot listen on http://203.0.113.1:8081")]
    [InlineData("--Sandbox:Url=http://127.0.0.1:8081/x", "Url must be an absolute http URL without a path")]
    [InlineData("--Sandbox:Url=nonsense", "Url must be an absolute http URL")]
    [InlineData("--Proxy:PublicUrl=https://proxy.example.com", "Proxy__PublicUrl")]
    [InlineData("--Clients:app:ApiKeys:0=in-the-clear", "Clients:app:ApiKeys:0")]
    public async Task A_refused_start_leaves_no_data_folder(string setting, string said)
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        string[] sandbox = setting.StartsWith("--Sandbox", StringComparison.Ordinal) ? [] : ["--Sandbox:Url=http://127.0.0.1:0"];

        await AssertProcessRefusesAsync(["--urls=http://127.0.0.1:0", $"--Proxy:DataPath={data}", .. sandbox, setting], said);

        Assert.False(Path.Exists(data));
    }

    [Fact]
    public async Task A_start_that_finds_its_port_taken_leaves_no_data_folder_and_an_earlier_one_alone()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var folder = new TemporaryFolder();
        var earlier = Path.Combine(folder.Path, "earlier");
        using (var started = DataFolder.Open(earlier))
            started.Keep();

        foreach (var data in (string[])[Path.Combine(folder.Path, "new"), earlier])
        {
            await AssertProcessRefusesAsync(
                [.. Credentials, "--urls", $"http://{taken.LocalEndpoint}", $"--Proxy:DataPath={data}"],
                "already in use"
            );
        }

        Assert.Equal([earlier], Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.True(File.Exists(Path.Combine(earlier, "proxy.db")));
    }

    [Fact]
    public async Task A_port_of_the_sandbox_that_was_chosen_and_is_taken_is_told_with_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        await AssertProcessRefusesAsync(
            [$"--Sandbox:Url=http://{taken.LocalEndpoint}", "--urls=http://127.0.0.1:0"],
            $"cannot listen on http://{taken.LocalEndpoint}",
            "Choose another address with --Sandbox:Url"
        );
    }

    [Fact]
    public async Task Help_prints_what_can_be_said_and_starts_nothing()
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync("--help");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.All(["Usage:", "--urls", "--Twitter:ClientId", "--Proxy:DataPath", "keys"], said =>
            Assert.Contains(said, output, StringComparison.Ordinal)
        );
    }

    // The process says it, ends with 1, and shows no stack.
    private static async Task AssertProcessRefusesAsync(string[] arguments, params string[] said)
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync(arguments);

        Assert.Equal((1, ""), (exitCode, output));
        AssertTold(errors, said);
    }

    private static async Task AssertRefusesAsync(string[] arguments, params string[] said)
    {
        using var folder = new TemporaryFolder();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() =>
            SiloApplication.BuildAsync([$"--Proxy:DataPath={folder.Path}", .. arguments])
        );

        AssertTold(StartupFailure.Explain(failure), said);
    }

    private static void AssertTold(string? message, string[] said)
    {
        Assert.StartsWith("Not started:", message, StringComparison.Ordinal);
        Assert.All(said, words => Assert.Contains(words, message, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("in-the-clear", message, StringComparison.Ordinal);
    }
}
