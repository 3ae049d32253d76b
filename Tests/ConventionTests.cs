using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests;

/// <summary>The rules of CONTRIBUTING.md that a machine can hold.</summary>
public sealed partial class ConventionTests
{
    private const string Prefix = "OrleansTwitterProxy.";
    private const int MaxLines = 300;
    private const int MaxLineLength = 140;

    /// <summary>Who may reference whom. A project that is not listed here has no place yet.</summary>
    private static readonly Dictionary<string, string[]> MayReference = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Settings"] = [],
        ["Sandbox"] = ["Settings"],
        ["Grains.Interfaces"] = ["Core"],
        ["Grains"] = ["Grains.Interfaces", "Core"],
        ["Api"] = ["Grains.Interfaces", "Core", "Settings"],
        ["Silo"] = ["Grains", "Api", "Sandbox"],
        ["Fuzzing"] = ["Core", "Api"],
        ["Tests"] = ["Core", "Sandbox", "Api", "Grains.Interfaces", "Grains", "Silo", "Settings", "Fuzzing", "Smoke"],
        ["Tests.Cluster"] = ["Core", "Sandbox", "Api", "Grains.Interfaces", "Grains", "Silo", "Fuzzing", "Tests"],
        ["Benchmarks"] = ["Core", "Sandbox", "Api", "Silo", "Fuzzing"],
    };

    /// <summary>Suffixes that say nothing. The field's own words stay in, whatever they end in.</summary>
    private static readonly string[] BannedSuffixes = ["Helper", "Helpers", "Util", "Utils", "Dto", "Data", "Info"];

    private static readonly string[] BannedNamespaces = ["Utils", "Util", "Common", "Helpers", "Helper", "Shared", "Misc"];

    public static TheoryData<string> Projects => [.. ProjectNames()];

    /// <summary>Our assemblies that this one was built against, as its own dependency file lists them.</summary>
    public static TheoryData<string> Assemblies => [.. BuiltAgainst()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_what_it_may_and_no_more(string project)
    {
        Assert.True(MayReference.TryGetValue(project, out var allowed), $"{project} is not in the table of who may reference whom.");
        var references = Included(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
        Assert.Empty(references.Except(allowed!));
    }

    [Fact]
    public void Core_knows_no_more_of_Orleans_than_how_its_messages_are_serialized() =>
        Assert.Equal(["Microsoft.Orleans.Serialization"], Included("Core", "PackageReference").Where(IsOrleans));

    [Fact]
    public void Core_loads_no_runtime_of_Orleans() =>
        Assert.DoesNotContain(Assembly.Load(Prefix + "Core").GetReferencedAssemblies(), reference =>
            reference.Name is "Orleans.Core" or "Orleans.Runtime" or "Orleans.Core.Abstractions"
        );

    [Fact]
    public void The_projects_that_exist_are_found()
    {
        string[] expected =
        [
            "Core",
            "Settings",
            "Sandbox",
            "Api",
            "Grains.Interfaces",
            "Grains",
            "Silo",
            "Fuzzing",
            "Tests",
            "Tests.Cluster",
            "Benchmarks",
        ];
        Assert.Empty(expected.Except(ProjectNames()));
    }

    [Fact]
    public void These_tests_see_every_assembly_that_the_test_project_references()
    {
        Assert.Equal(
            ["Api", "Core", "Fuzzing", "Grains", "Grains.Interfaces", "Sandbox", "Settings", "Silo", "Smoke"],
            Included("Tests", "ProjectReference").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)
        );
        Assert.Contains(Prefix + "Core", BuiltAgainst());
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_class_is_sealed_unless_it_is_abstract_or_static(string assembly) =>
        Assert.Empty(Names(OwnTypes(assembly).Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false })));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_type_name_ends_in_no_suffix_that_says_nothing(string assembly) =>
        Assert.Empty(
            Names(OwnTypes(assembly).Where(type => BannedSuffixes.Any(suffix => NameOf(type).EndsWith(suffix, StringComparison.Ordinal))))
        );

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_namespace_is_a_noun_of_the_domain_and_one_level_deep(string assembly)
    {
        foreach (var space in OwnTypes(assembly).Select(type => type.Namespace!).Distinct())
        {
            var inside = space[assembly.Length..].Split('.', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(inside.Length <= 1, $"{space} is a third level.");
            Assert.Empty(inside.Intersect(BannedNamespaces));
        }
    }

    [Fact]
    public void A_grain_is_called_a_grain_and_is_sealed()
    {
        var grains = Sources("Grains").SelectMany(file => GrainClass().Matches(File.ReadAllText(file))).ToList();
        Assert.NotEmpty(grains);
        Assert.All(grains, grain =>
        {
            Assert.EndsWith("Grain", grain.Groups["name"].Value, StringComparison.Ordinal);
            Assert.Contains("sealed", grain.Value, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_source_file_has_300_lines_at_most(string project)
    {
        if (project.StartsWith("Tests", StringComparison.Ordinal))
            return;
        var sources = Sources(project).ToList();
        Assert.NotEmpty(sources);
        var tooLong = sources
            .Where(file => File.ReadLines(file).Count() > MaxLines)
            .Select(file => Path.GetRelativePath(CheckedIn.Root, file))
            .ToList();
        Assert.Empty(tooLong);
    }

    /// <summary>CSharpier wraps code; nothing wraps comments.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void A_comment_ends_within_140_characters(string project)
    {
        var tooLong = Sources(project)
            .SelectMany(file =>
                File.ReadLines(file).Select((line, i) => (Where: $"{Path.GetRelativePath(CheckedIn.Root, file)}:{i + 1}", line))
            )
            .Where(line => line.line.Length > MaxLineLength && line.line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .Select(line => line.Where);
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Every_token_type_redacts_what_it_holds()
    {
        var tokens = OwnTypes(Prefix + "Core")
            .Where(type =>
                (NameOf(type).EndsWith("Token", StringComparison.Ordinal) || NameOf(type).EndsWith("Secret", StringComparison.Ordinal))
                && !type.IsEnum
                && !type.IsInterface
            )
            .ToList();
        foreach (var expected in (string[])["AccessToken", "RefreshToken", "SessionToken", "LiveToken"])
            Assert.Contains(tokens, type => type.Name == expected);
        foreach (var type in tokens)
        {
            var printed = Filled(type).ToString()!;
            Assert.False(printed.Contains("SECRET", StringComparison.Ordinal), $"{type.Name} prints {printed}");
        }
    }

    [Fact]
    public void Tests_are_sentences()
    {
        var tests = typeof(ConventionTests)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.IsDefined(typeof(FactAttribute)))
            .ToList();
        Assert.NotEmpty(tests);
        Assert.All(tests, test => Assert.Contains('_', test.Name));
    }

    // Every string a secret, but for ids that are none.
    private static object Filled(Type type)
    {
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(candidate => candidate.GetParameters().All(parameter => parameter.ParameterType != type))
            .MaxBy(candidate => candidate.GetParameters().Length)!;
        return constructor.Invoke([
            .. constructor
                .GetParameters()
                .Select(parameter =>
                    parameter.Name is "AccountId" or "ClientId" ? "id"
                    : parameter.ParameterType == typeof(string) ? "SECRET"
                    : parameter.ParameterType.Namespace!.StartsWith(Prefix, StringComparison.Ordinal) ? Filled(parameter.ParameterType)
                    : RuntimeHelpers.GetUninitializedObject(parameter.ParameterType)
                ),
        ]);
    }

    private static List<string> BuiltAgainst()
    {
        var own = typeof(ConventionTests).Assembly.GetName().Name!;
        using var dependencies = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, own + ".deps.json")));
        List<string> names = [];
        foreach (var library in dependencies.RootElement.GetProperty("libraries").EnumerateObject())
        {
            var name = library.Name[..library.Name.IndexOf('/', StringComparison.Ordinal)];
            if (library.Value.GetProperty("type").GetString() is "project" && name != own)
                names.Add(name);
        }

        return names;
    }

    private static IEnumerable<Type> OwnTypes(string assembly) =>
        Assembly
            .Load(assembly)
            .GetTypes()
            .Where(type =>
                (type.Namespace == assembly || type.Namespace?.StartsWith(assembly + ".", StringComparison.Ordinal) is true)
                && !type.FullName!.Contains('<', StringComparison.Ordinal)
                && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            );

    private static List<string?> Names(IEnumerable<Type> types) => [.. types.Select(type => type.FullName)];

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    private static bool IsOrleans(string name) =>
        name.StartsWith("Microsoft.Orleans", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Orleans.", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> ProjectNames() =>
        Directory
            .EnumerateDirectories(CheckedIn.Root)
            .Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(ProjectFile(name)));

    private static string ProjectFile(string project) => Path.Combine(CheckedIn.Root, project, project + ".csproj");

    private static IEnumerable<string> Included(string project, string item) =>
        XDocument.Load(ProjectFile(project)).Descendants(item).Select(element => element.Attribute("Include")?.Value).OfType<string>();

    private static IEnumerable<string> Sources(string project)
    {
        var folder = Path.Combine(CheckedIn.Root, project);
        return Directory
            .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"));
    }

    [GeneratedRegex(@"[\w ]*class (?<name>\w+)(\([^)]*\))?\s*:\s*Grain\b")]
    private static partial Regex GrainClass();
}
