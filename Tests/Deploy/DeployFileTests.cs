using System.Text.RegularExpressions;
using System.Xml.Linq;
using OrleansTwitterProxy.Tests.Support;
using YamlDotNet.Serialization;

namespace OrleansTwitterProxy.Tests.Deploy;

/// <summary>Workflows, Dockerfile and unit: what they name exists. <c>deploy/check</c> has programs judge them.</summary>
public sealed partial class DeployFileTests
{
    public static TheoryData<string> Workflows => [.. Files(".github/workflows", "*.yml")];

    public static TheoryData<string> YamlFiles => [.. Files("deploy", "*.yaml"), .. Files(".github", "*.yml"), "docker-compose.yml"];

    [Theory]
    [MemberData(nameof(YamlFiles))]
    public void Every_YAML_file_is_YAML(string path)
    {
        foreach (var document in Text(path).Split("\n---\n"))
            Assert.IsType<Dictionary<object, object>>(Yaml(document));
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_workflow_names_files_that_exist(string path)
    {
        var named = Named().Matches(Text(path)).Select(match => match.Value.TrimEnd('.')).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(Path.Exists(Path.Combine(CheckedIn.Root, name)), $"{path} names {name}"));
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_workflow_may_read_the_repository_and_what_each_job_names(string path)
    {
        var workflow = Assert.IsType<Dictionary<object, object>>(Yaml(Text(path)));
        var permissions = Assert.IsType<Dictionary<object, object>>(workflow["permissions"]);

        Assert.Equal("read", Assert.Single(permissions, permission => permission.Key is "contents").Value);
        foreach (var use in Use().Matches(Text(path)).Select(match => match.Groups["action"].Value))
            Assert.Matches(@"^(\./\.github/workflows/[\w.]+|[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40}))$", use);
    }

    [Fact]
    public void The_Dockerfile_copies_every_project_that_an_image_needs()
    {
        var copied = CopiedProject()
            .Matches(Text("Dockerfile"))
            .Select(match => match.Groups["project"].Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Equal(Needed("Silo").Order(StringComparer.Ordinal), copied.Order(StringComparer.Ordinal));
        foreach (var project in copied)
            Assert.Contains($"COPY {project} {project}\n", Text("Dockerfile"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_supervisor_waits_longer_than_a_stop_takes()
    {
        var unit = Text("deploy/systemd/orleans-twitter-proxy.service");
        var wait = int.Parse(StopTime().Match(unit).Groups["seconds"].Value, System.Globalization.CultureInfo.InvariantCulture);

        Assert.True(TimeSpan.FromSeconds(wait) > new Microsoft.Extensions.Hosting.HostOptions().ShutdownTimeout);
    }

    private static HashSet<string> Needed(string project)
    {
        HashSet<string> found = new(StringComparer.Ordinal) { project };
        foreach (
            var reference in XDocument
                .Load(Path.Combine(CheckedIn.Root, project, project + ".csproj"))
                .Descendants("ProjectReference")
                .Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value))
        )
        {
            found.UnionWith(Needed(reference));
        }

        return found;
    }

    private static object? Yaml(string text) => new DeserializerBuilder().Build().Deserialize(text);

    private static string Text(string path) => File.ReadAllText(Path.Combine(CheckedIn.Root, path));

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory
            .EnumerateFiles(Path.Combine(CheckedIn.Root, folder), pattern, SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(CheckedIn.Root, path).Replace('\\', '/'));

    [GeneratedRegex(@"(?<![\w/.-])(deploy/[\w./-]+|\.ci/\w+|\.github/workflows/[\w.]+|global\.json|Silo/Silo\.csproj)")]
    private static partial Regex Named();

    [GeneratedRegex(@"^\s*(- )?uses: (?<action>\S+)", RegexOptions.Multiline)]
    private static partial Regex Use();

    [GeneratedRegex(@"^COPY (?<project>[\w.]+)/[\w.]+\.csproj", RegexOptions.Multiline)]
    private static partial Regex CopiedProject();

    [GeneratedRegex(@"^TimeoutStopSec=(?<seconds>\d+)$", RegexOptions.Multiline)]
    private static partial Regex StopTime();
}
