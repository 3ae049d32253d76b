using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Settings;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Startup;

/// <summary>What a command line does not know it refuses, and what the documentation says to type it knows.</summary>
public sealed partial class CommandLineTests
{
    private static readonly string[] Placeholders = ["Section__Name", "Sandbox__Option"];

    public static TheoryData<string> Executables => ["Silo", "Api", "Sandbox"];

    [Theory]
    [InlineData("frobnicate", "'frobnicate' is no command. The commands are 'keys', 'migrate', 'membership'.")]
    [InlineData("migrat", "'migrat' is no command. Did you mean 'migrate'?")]
    [InlineData("keys nwe", "'keys nwe' is no command. Did you mean 'keys new'?")]
    [InlineData("keys", "Required command was not provided.")]
    [InlineData("keys new", "Required argument 'NAME' missing for command: 'new'")]
    [InlineData("keys new a b", "'b' is no argument here.")]
    [InlineData("keys new a --urls=x", "'keys new' reads no configuration: leave out '--urls=x'.")]
    [InlineData("keys new-admin a --urls=x", "'keys new-admin' reads no configuration: leave out '--urls=x'.")]
    [InlineData("migrate now", "'now' is no argument here.")]
    [InlineData("--Cluster:FrontEnd --urls http://127.0.0.1:0", "--Cluster:FrontEnd has no value. Write --Cluster:FrontEnd VALUE")]
    [InlineData("--urls", "--urls has no value.")]
    [InlineData("urls=http://127.0.0.1:0", "'urls=http://127.0.0.1:0': a setting begins with --. Write --urls=VALUE.")]
    [InlineData("/urls http://127.0.0.1:0", "'/urls' is no command.")]
    [InlineData("-p 9600", "'-p' is no option.")]
    [InlineData("--=x", "'--=x' has no name.")]
    [InlineData("-- --urls x", "'--' has no name.")]
    public void It_refuses(string typed, string said) =>
        Assert.Contains(said, Assert.Single(FailuresOf(typed.Split(' '))), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("--urls http://127.0.0.1:0 --Cluster:FrontEnd=false")]
    [InlineData("--Proxy:DataPath migrate")] // a value, not a command
    [InlineData("--Twitter:ClientSecret=--begins-with-dashes")]
    [InlineData("--Cluster:Database=Host=db;Database=otp migrate")]
    [InlineData("keys new my-app")]
    [InlineData("keys new-admin alice")]
    public void It_takes(string typed) => Assert.Empty(FailuresOf(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [MemberData(nameof(Executables))]
    public async Task Every_executable_refuses_with_1_and_says_what_to_do(string name)
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync(Executable(name), ["--Colour=red"]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("--Colour: there is no such setting. --help names those", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silo", "help", "migrate")]
    [InlineData("Silo", "-h", "--urls")]
    [InlineData("Silo", "keys --help", "new <NAME>")]
    [InlineData("Silo", "help keys new", "<NAME>")]
    [InlineData("Silo", "help keys new-admin", "Who uses the key")]
    [InlineData("Silo", "migrate -h", "Migrates the database")]
    [InlineData("Silo", "migrate --version", "0.1.0")]
    [InlineData("Api", "--help", "a front end alone")]
    [InlineData("Silo", "--help", "uses a built-in sandbox in place of X")]
    [InlineData("Api", "--version", "0.1.0")]
    [InlineData("Sandbox", "help", "--AccessTokenLifetime")]
    [InlineData("Sandbox", "--version", "0.1.0")]
    public async Task Every_command_of_every_executable_has_help_and_a_version(string name, string typed, string said)
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync(Executable(name), typed.Split(' '));

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains(said, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anna", true)]
    [InlineData("anna-b", false)] // no name of a variable in a shell
    public async Task An_admin_key_is_printed_once_with_its_hash_under_its_name(string name, bool hasVariable)
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync(Executable("Silo"), ["keys", "new-admin", name]);

        Assert.Equal((0, ""), (exitCode, errors));
        var key = AdminKey().Match(output).Value;
        var hash = ApiKey.Hash(key);
        Assert.Contains($"\"{name}\": \"{hash}\"", output, StringComparison.Ordinal);
        Assert.Contains($"--Ops:AdminKeys:{name}={hash}", output, StringComparison.Ordinal);
        Assert.Equal(hasVariable, output.Contains($"Ops__AdminKeys__{name}={hash}", StringComparison.Ordinal));
        AssertKnown([$"--Ops:AdminKeys:{name}={hash}"], "keys new-admin");
    }

    [Theory]
    [InlineData("--Urll=x", "--Urll: there is no such setting. Did you mean --Url?")]
    [InlineData("--port=x", "--port: there is no such setting. Did you mean --Url?")]
    [InlineData("--TimelineDelay=5", "--TimelineDelay: '5' is not a duration")]
    [InlineData("--AllowedHosts=x", "Write --AllowedHosts:0.")]
    [InlineData("--Url=ftp://127.0.0.1", "Url must be an absolute http URL")]
    [InlineData("--Url=http://203.0.113.1:81", "it cannot listen on http://203.0.113.1:81")]
    public async Task The_sandbox_has_the_same_rules(string typed, string said)
    {
        var (exitCode, output, errors) = await SiloProcess.RunAsync(Executable("Sandbox"), [typed]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(said, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_in_the_documentation_is_known()
    {
        var typed = Documents()
            .SelectMany(file =>
                RunCommand().Matches(file.Text).Select(match => (file.Path, match.Groups["executable"].Value, match.Groups["rest"].Value))
            )
            .ToList();

        Assert.True(typed.Count > 10, $"{typed.Count} commands");
        foreach (var (path, executable, rest) in typed.Where(command => command.Item2 != "Sandbox"))
        {
            var words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(FailuresOf(words) is [], $"{path}: {executable} {rest}");
            AssertKnown(Arguments.Split(words).Settings, path);
        }
    }

    [Fact]
    public void Every_setting_in_the_documentation_and_in_deploy_is_known()
    {
        foreach (var (path, text) in Documents())
        {
            var variables = Variable().Matches(text).Select(match => match.Value).Except(Placeholders);
            AssertKnown(variables.Select(name => $"--{name.Replace("__", ":", StringComparison.Ordinal)}=1"), path);
            AssertKnown(Option().Matches(text).Select(match => $"{match.Value}=1"), path);
        }

        var rows = SettingRow().Matches(Documents().Single(file => Path.GetFileName(file.Path) == "settings.md").Text);
        var names = rows.SelectMany(row => SettingName().Matches(row.Value))
            .Select(name => name.Groups["name"].Value.Replace(":ID", ":app", StringComparison.Ordinal))
            .ToList();
        Assert.True(names.Count > 80, $"{names.Count} settings");
        AssertKnown(names.Select(name => $"--{name}=1"), "settings.md");
    }

    private static IReadOnlyList<string> FailuresOf(string[] args)
    {
        var arguments = Arguments.Split(args);
        var root = CommandLine.Describe(
            [.. arguments.Settings],
            SiloApplication.Description,
            _ => throw new InvalidOperationException(),
            [MigrateCommand.Create, FutureSilos.CreateCommand]
        );
        return CommandRunner.Failures(arguments, root.Parse(arguments.Words));
    }

    // The name; the value is an example.
    private static void AssertKnown(IEnumerable<string> settings, string where)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine([.. settings]).Build();
        var unknown = KnownSettings
            .Failures(configuration, typeof(SandboxOptions))
            .Where(failure => failure.Contains("no such setting", StringComparison.Ordinal))
            .ToList();
        Assert.True(unknown.Count == 0, $"{where}: {string.Join('\n', unknown)}");
    }

    private static Assembly Executable(string name) =>
        name switch
        {
            "Silo" => typeof(SiloApplication).Assembly,
            "Api" => typeof(FrontEndApplication).Assembly,
            _ => typeof(SandboxServer).Assembly,
        };

    private static IEnumerable<(string Path, string Text)> Documents() =>
        Directory
            .EnumerateFiles(Path.Combine(CheckedIn.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(
                new[]
                {
                    "README.md",
                    "CONTRIBUTING.md",
                    "docker-compose.yml",
                    "Dockerfile",
                    "deploy/cluster",
                    "deploy/nginx.conf",
                    "deploy/Caddyfile",
                    "deploy/systemd/orleans-twitter-proxy.service",
                }.Select(name => Path.Combine(CheckedIn.Root, name))
            )
            .Concat(
                Directory
                    .EnumerateFiles(Path.Combine(CheckedIn.Root, "deploy", "kubernetes"), "*.yaml", SearchOption.AllDirectories)
                    .Where(path => Path.GetFileName(path) != "sandbox.yaml") // its options are the sandbox's own
            )
            .Select(path => (path, File.ReadAllText(path)));

    [GeneratedRegex(@"dotnet run (-c Release )?--project (?<executable>Silo|Api|Sandbox)\b( -- (?<rest>[^`'#\n]*))?")]
    private static partial Regex RunCommand();

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(__[A-Za-z0-9]+)+\b")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?<![\w-])--([A-Z][A-Za-z]+(:[A-Za-z0-9]+)+)\b(?<!--Section:Name)(?<!--AllowedHosts:0)")]
    private static partial Regex Option();

    [GeneratedRegex(@"^\| `[^|]*", RegexOptions.Multiline)]
    private static partial Regex SettingRow();

    [GeneratedRegex(@"\botpk_[\w-]+")]
    private static partial Regex AdminKey();

    [GeneratedRegex("`(?<name>[A-Za-z:]+)`")]
    private static partial Regex SettingName();
}
