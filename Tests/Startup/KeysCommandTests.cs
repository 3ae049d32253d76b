using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Settings;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Startup;

/// <summary>What <c>keys new</c> prints can be pasted where it says, whatever the client's name.</summary>
public sealed class KeysCommandTests
{
    [Theory]
    [InlineData("web", true)]
    [InlineData("web_2", true)]
    [InlineData("my-app", false)]
    [InlineData("com.example.app", false)]
    public async Task Each_form_configures_the_same_client(string name, bool isIdentifier)
    {
        var printed = await PrintAsync(name);

        var file = new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Json(printed)))).Build();
        var expected = Flat(file);
        Assert.Equal(
            [$"Clients:{name}:ApiKeys:0", $"Clients:{name}:Origins:0"],
            expected.Keys.Where(key => key.EndsWith('0')).Except([$"Clients:{name}:ReturnUrls:0"])
        );
        AssertOpensThePage(name, file);
        foreach (var shell in (string[])["sh", "bash"])
            Assert.Equal(expected, Flat(new ConfigurationBuilder().AddCommandLine(await PasteAsync(shell, ArgumentLine(printed))).Build()));
        Assert.Equal(expected, Flat(new ConfigurationBuilder().AddInMemoryCollection(Variables(printed)).Build()));
        if (isIdentifier)
            Assert.Equal(Variables(printed), await SourceAsync(printed));
        else
            Assert.Contains($"call the client '{name.Replace('-', '_').Replace('.', '_')}'", printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a__b")]
    [InlineData("_a")]
    [InlineData("a_")]
    public async Task A_name_that_no_variable_can_have_is_said_to_be_one(string name)
    {
        var printed = await PrintAsync(name);

        Assert.Contains(
            $"Not in the environment: there '__' separates the names, so it cannot name the client '{name}'",
            printed,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Clients__", printed, StringComparison.Ordinal);
    }

    private static async Task<string> PrintAsync(string name)
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync("keys", "new", name);
        Assert.Equal((0, ""), (exitCode, errors));
        return output;
    }

    private static void AssertOpensThePage(string name, IConfiguration configuration)
    {
        Assert.Empty(KnownSettings.Failures((IConfigurationRoot)configuration));
        var client = configuration.Get<ClientsOptions>()!.Clients[name];
        Assert.Empty(ClientValidation.Failures(name, client));
        Assert.Equal(["http://127.0.0.1:8080/", "http://localhost:8080/"], client.ReturnUrls);
        Assert.Equal(["http://127.0.0.1:8080", "http://localhost:8080"], client.Origins);
    }

    private static string Json(string printed)
    {
        var start = printed.IndexOf("  {\n", StringComparison.Ordinal);
        return printed[start..(printed.IndexOf("\n  }\n", start, StringComparison.Ordinal) + 4)];
    }

    private static string ArgumentLine(string printed) =>
        Assert.Single(Lines(printed), line => line.StartsWith("dotnet run", StringComparison.Ordinal));

    private static Dictionary<string, string?> Variables(string printed) =>
        Lines(printed)
            .Where(line => line.StartsWith("Clients__", StringComparison.Ordinal))
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0].Replace("__", ":", StringComparison.Ordinal), string? (pair) => pair[1]);

    private static IEnumerable<string> Lines(string printed) => printed.Split('\n').Select(line => line.Trim());

    private static SortedDictionary<string, string?> Flat(IConfiguration configuration) =>
        new(configuration.AsEnumerable().Where(pair => pair.Value is not null).ToDictionary(), StringComparer.Ordinal);

    // A shell reads the line, and shows the settings that the proxy would be given.
    private static async Task<string[]> PasteAsync(string shell, string line)
    {
        var arguments = (await RunAsync(shell, "dotnet() { printf '%s\\n' \"$@\"; }\n" + line)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
        Assert.Equal(["run", "--project", "Silo", "--"], arguments[..4]);
        var split = Arguments.Split(arguments[4..]);
        Assert.Empty(split.Failures);
        return [.. split.Settings];
    }

    // A shell that sources the lines has the variables.
    private static async Task<Dictionary<string, string?>> SourceAsync(string printed)
    {
        var lines = Lines(printed).Where(line => line.StartsWith("Clients__", StringComparison.Ordinal));
        return Variables(await RunAsync("sh", $"set -a\n{string.Join('\n', lines)}\nenv"));
    }

    private static async Task<string> RunAsync(string shell, string script)
    {
        using var process = Process.Start(new ProcessStartInfo(shell, ["-c", script]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
