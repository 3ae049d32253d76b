using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Sandbox;
using OrleansTwitterProxy.Settings;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Startup;

/// <summary>A name that nobody knows is refused, with the one that was meant; what the documentation says to write is known.</summary>
public sealed partial class SettingNameTests(ITestOutputHelper output)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    /// <summary>Every setting with a name of its own; <c>app</c> stands for a client.</summary>
    private static readonly List<string> Known =
    [
        "urls",
        .. KnownSettings
            .Roots(typeof(SandboxOptions))
            .Where(root => root.Value is not null)
            .SelectMany(root => NamesIn(root.Key, root.Value!)),
    ];

    [Fact]
    public void One_mistyped_character_of_any_name_is_refused_with_the_name_that_was_meant() =>
        Properties.Hold(output, runs: 500, longest: 8, script =>
        {
            if (script is not [var which, var where, var how, var letter, ..])
                return;
            var known = Known[(int)(which % Known.Count)];
            var mistyped = Mistype(known, (int)(where % known.Length), how % 4, Letters[(int)(letter % Letters.Length)]);
            if (Known.Contains(mistyped, StringComparer.OrdinalIgnoreCase) || !IsTypo(known, mistyped))
                return;

            var failure = Assert.Single(FailuresOf($"--{mistyped}=x"));

            var meant = Suggestion().Match(failure).Groups["name"].Value;
            Assert.True(
                known == meant || (meant.Length > 0 && known.StartsWith(meant + ":", StringComparison.Ordinal)),
                $"{known}: {failure}"
            );
        });

    [Theory]
    [InlineData("--port=9600", "--port: there is no such setting. Did you mean --urls?")]
    [InlineData("--url=x", "--url: there is no such setting. Did you mean --urls?")] // Sandbox:Url is farther away
    [InlineData("--Twiter:ClientId=x", "--Twiter:ClientId: there is no such setting. Did you mean --Twitter:ClientId?")]
    [InlineData("--twitter:clientid2=x", "Did you mean --Twitter:ClientId?")]
    [InlineData("--ClientId=x", "--ClientId: there is no such setting. Did you mean --Twitter:ClientId?")]
    [InlineData("--Ops:Keys=x", "The settings of Ops are AdminKeys.")]
    [InlineData("--Proxy:ClientId=x", "--Proxy:ClientId: there is no such setting. Did you mean --Twitter:ClientId?")]
    [InlineData("--Queue:Colour=x", "--Queue:Colour: there is no such setting. The settings of Queue are MaxWait, MaxPerAccount")]
    [InlineData("--Colour=x", "--Colour: there is no such setting. --help names those that are most needed.")]
    [InlineData("--Clients:app:Origin:0=x", "--Clients:app:Origin: there is no such setting. Did you mean --Clients:app:Origins?")]
    [InlineData("--Sandbox:Urls=x", "--Sandbox:Urls: there is no such setting. Did you mean --Sandbox:Url?")]
    public void An_unknown_setting_is_refused_with_the_nearest_known_one(string argument, string said) =>
        Assert.Contains(said, Assert.Single(FailuresOf(argument)), StringComparison.Ordinal);

    [Theory]
    [InlineData("--Twitter:RequestTimeout=5 minutes", "--Twitter:RequestTimeout: '5 minutes' is not a duration: write hh:mm:ss")]
    [InlineData("--Twitter:RequestTimeout=30", "'30' is not a duration")] // the framework reads days
    [InlineData("--Idempotency:KeepFor=24:00:00", "'24:00:00' is not a duration")] // the framework reads days
    [InlineData("--Twitter:RequestTimeout=", "'' is not a duration")]
    [InlineData("--Twitter:RequestTimeout=-00:00:01", "--Twitter:RequestTimeout: The field RequestTimeout must be between")]
    [InlineData("--Queue:Burst=5s", "--Queue:Burst: '5s' is not a number without a unit")]
    [InlineData("--Queue:Burst=-5", "must be between 1 and 1000. It is '-5'.")]
    [InlineData("--Media:MaxImageBytes=5MiB", "'5MiB' is not a number without a unit")]
    [InlineData("--Media:MaxImageBytes=99999999999999999999", "is not a number without a unit")]
    [InlineData("--Queue:ClientShare=50%", "'50%' is not a number such as 0.5")]
    [InlineData("--Queue:ClientShare=NaN", "must be between 0.01 and 1")]
    [InlineData("--Cluster:FrontEnd=no", "--Cluster:FrontEnd: 'no' is not true or false")]
    [InlineData("--Clients:app:TokenLimit=ten", "--Clients:app:TokenLimit: 'ten' is not a number")]
    [InlineData(
        "--Proxy:AllowedHosts=proxy.internal",
        "--Proxy:AllowedHosts: it has names of its own below it. Write --Proxy:AllowedHosts:0."
    )]
    [InlineData("--Proxy:AllowedHosts:1=proxy.internal", "numbered from 0 without a gap, and there is no --Proxy:AllowedHosts:0")]
    [InlineData("--Proxy:AllowedHosts:first=proxy.internal", "--Proxy:AllowedHosts:first: the entries of Proxy:AllowedHosts are numbered")]
    [InlineData("--Proxy:AllowedHosts:0=https://proxy.internal", "--Proxy:AllowedHosts:0: write a host name without scheme and port")]
    [InlineData(
        "--Proxy:PublicUrl=proxy.example.com",
        "--Proxy:PublicUrl: write it as https://proxy.example.com, without a path. It is 'proxy.example.com'."
    )]
    [InlineData("--Proxy:PublicUrl=https://user:pw@proxy.example.com", "--Proxy:PublicUrl: write it as")]
    [InlineData("--Proxy:PublicUrl:0=https://proxy.example.com", "--Proxy:PublicUrl:0: Proxy:PublicUrl is a single value")]
    [InlineData("--Twitter:ApiBaseUrl=api.x.com", "--Twitter:ApiBaseUrl: write it as https://api.x.com")]
    [InlineData("--Twitter:ApiBaseUrl=http://a b", "--Twitter:ApiBaseUrl: write it as https://api.x.com")]
    [InlineData("--Twitter:AuthorizeUrl=ftp://x.com/i", "--Twitter:AuthorizeUrl: write it as https://x.com/i/oauth2/authorize")]
    [InlineData("--Twitter=x", "--Twitter: it has names of its own below it. Write --Twitter:NAME.")]
    [InlineData("--Clients:app=x", "--Clients:app: it has names of its own below it")]
    [InlineData("--Cluster:AdvertisedAddress=silo1", "--Cluster:AdvertisedAddress: write an IP address, such as 10.0.0.7. It is 'silo1'.")]
    [InlineData("--Cluster:SiloPort=0", "must be between 1 and 65535. It is '0'.")]
    [InlineData("--Sandbox:AccessTokenLifetime=2h", "'2h' is not a duration")]
    public void A_value_of_the_wrong_form_is_refused_with_the_form_that_is_expected(string argument, string said) =>
        Assert.Contains(said, Assert.Single(FailuresOf(argument)), StringComparison.Ordinal);

    [Theory]
    [InlineData("--Ops:AdminKeys:0=otpk_in-the-clear", "it is not the SHA-256 of a key in hex (64 characters)")]
    [InlineData("--Ops:AdminKeys:alice=otpk_in-the-clear", "--Ops:AdminKeys:alice: it is not the SHA-256 of a key in hex")]
    [InlineData("--Ops:AdminKeys:0=", "--Ops:AdminKeys:0: it is not the SHA-256 of a key in hex")]
    [InlineData("--Ops:AdminKeys=otpk_in-the-clear", "Write --Ops:AdminKeys:NAME.")]
    [InlineData("--Twitter:ClientSecret:0=otpk_in-the-clear", "Twitter:ClientSecret is a single value")]
    [InlineData("--Twitter:ClientSecrt=otpk_in-the-clear", "Did you mean --Twitter:ClientSecret?")]
    public void A_secret_is_named_and_not_shown(string argument, string said)
    {
        var failure = Assert.Single(FailuresOf(argument));

        Assert.Contains(said, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("in-the-clear", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{ "Twiter": { "ClientId": "x" } }""",
        "Twiter:ClientId (appsettings.json): there is no such setting. Did you mean Twitter:ClientId?"
    )]
    [InlineData("""{ "Twitter": { "ClientIdd": "x" } }""", "Twitter:ClientIdd (appsettings.json): there is no such setting.")]
    [InlineData("""{ "Twitter": "x" }""", "Twitter (appsettings.json): it has names of its own below it.")]
    [InlineData("""{ "Twitter": [] , "Queue": ["x"] }""", "Queue:0 (appsettings.json): there is no such setting.")]
    [InlineData("""{ "Proxy": { "AllowedHosts": { "a": "x" } } }""", "Proxy:AllowedHosts:a (appsettings.json): the entries")]
    [InlineData("""{ "Proxy": { "AllowedHosts": [null] } }""", "Proxy:AllowedHosts:0 (appsettings.json): the entry is empty.")]
    [InlineData("""{ "Serilog": { "x": "y" } }""", "Serilog (appsettings.json): there is no such setting.")]
    [InlineData("""{ "Clients": {}, "Proxy": { "AllowedHosts": [] }, "Ops": null, "$schema": "x" }""", "")]
    [InlineData("""{ "urls": "x", "Logging": {}, "Kestrel": {}, "AllowedHosts": "*", "Orleans": {}, "environment": "x" }""", "")]
    public void A_file_is_checked_in_the_same_way(string json, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "appsettings.json"), json);

        var failures = KnownSettings.Failures(
            new ConfigurationBuilder().SetBasePath(folder.Path).AddJsonFile("appsettings.json").Build(),
            typeof(SandboxOptions)
        );

        if (said.Length == 0)
            Assert.Empty(failures);
        else
            Assert.Contains(said, Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_the_environment_only_what_is_meant_for_the_proxy_is_checked()
    {
        var (exitCode, _, errors) = await SiloProcess.RunAsync(
            typeof(SiloApplication).Assembly,
            [],
            ("Twiter__ClientId", "a"),
            ("Twitter__ClientIdd", "b"),
            ("Queue__Burst", "5s"),
            ("PROXY", "http://cache:3128"),
            ("MEDIA", "/media"),
            ("Foreign__Setting", "c"),
            ("twitter", "d")
        );

        Assert.Equal(1, exitCode);
        Assert.Equal(
            [
                "Not started: the configuration is not valid.",
                "  Twiter__ClientId: there is no such setting. Did you mean Twitter__ClientId?",
                "  Twitter__ClientIdd: there is no such setting. Did you mean Twitter__ClientId?",
                "  Queue__Burst: '5s' is not a number without a unit.",
            ],
            errors.TrimEnd().Split('\n')
        );
    }

    [Fact]
    public void Every_section_of_ours_is_known() =>
        Assert.All(
            new[] { typeof(ProxyOptions).Assembly, typeof(ClientOptions).Assembly }
                .SelectMany(assembly => assembly.GetTypes())
                .Select(type => (Type: type, Section: type.GetField("Section")?.GetRawConstantValue() as string))
                .Where(options => options.Section is not null),
            options => Assert.Equal(options.Type, KnownSettings.Roots()[options.Section!])
        );

    private static IReadOnlyList<string> FailuresOf(params string[] settings) =>
        KnownSettings.Failures(new ConfigurationBuilder().AddCommandLine(settings).Build(), typeof(SandboxOptions));

    [GeneratedRegex(@"Did you mean --(?<name>[^?]+)\?$")]
    private static partial Regex Suggestion();

    // The id of a client and the name of an admin key are free, and a moved colon is more than one mistake.
    private static bool IsTypo(string known, string mistyped)
    {
        var (before, after) = (known.Split(':'), mistyped.Split(':'));
        return before.Length == after.Length
            && before.Where((part, i) => part != after[i]).Count() == 1
            && !(before[0] == after[0] && before[0] == "Clients" && before[1] != after[1])
            && !(before is ["Ops", "AdminKeys", var name] && after is ["Ops", "AdminKeys", var other] && name != other);
    }

    private static IEnumerable<string> NamesIn(string path, Type type)
    {
        if (SettingForm.IsSingleValue(Nullable.GetUnderlyingType(type) ?? type) || SettingForm.EntryOf(type) is not null)
            return [path];
        return SettingForm.ValueOf(type) is { } value
            ? NamesIn(path + ":app", value)
            : type.GetProperties()
                .Where(property => property.CanWrite)
                .SelectMany(property => NamesIn($"{path}:{property.Name}", property.PropertyType));
    }

    private static string Mistype(string name, int at, uint how, char letter) =>
        how switch
        {
            0 => name[..at] + letter + name[(at + 1)..],
            1 => name[..at] + letter + name[at..],
            2 => name[..at] + name[(at + 1)..],
            _ => at + 1 < name.Length ? $"{name[..at]}{name[at + 1]}{name[at]}{name[(at + 2)..]}" : name,
        };
}
