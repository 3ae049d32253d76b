using System.Text.RegularExpressions;
using OrleansTwitterProxy.Tests.Support;

namespace OrleansTwitterProxy.Tests.Deploy;

/// <summary>docs/operating/troubleshooting.md has what an operator can meet: warnings, errors, and reasons not to start.</summary>
public sealed partial class TroubleshootingDocumentTests
{
    private const int LeastLength = 15;
    private static readonly string[] Projects = ["Api", "Core", "Grains", "Silo", "Settings"];

    [Fact]
    public void It_has_every_warning_and_error_of_the_log()
    {
        var messages = Sources().SelectMany(text => LogMessage().Matches(text)).Select(match => match.Groups["message"].Value).ToList();

        Assert.True(messages.Count > 30, $"{messages.Count} messages");
        AssertNamed(messages);
    }

    [Fact]
    public void It_has_every_reason_not_to_start()
    {
        var messages = Sources().SelectMany(text => Refusal().Matches(text)).Select(match => match.Value).ToList();

        Assert.True(messages.Count > 20, $"{messages.Count} messages");
        AssertNamed(messages);
    }

    private static void AssertNamed(IEnumerable<string> messages)
    {
        var page = File.ReadAllText(Path.Combine(CheckedIn.Root, "docs", "operating", "troubleshooting.md"));
        var missing = messages.Select(Beginning).OfType<string>().Where(text => !page.Contains(text, StringComparison.Ordinal)).ToList();

        Assert.True(
            missing.Count == 0,
            $"docs/operating/troubleshooting.md needs a row, with cause and remedy, for:\n{string.Join('\n', missing)}"
        );
    }

    // The first words that say something, up to a placeholder or the sentence's end. What follows may be told in other words.
    private static string? Beginning(string message) =>
        Placeholder()
            .Split(message)
            .Select(part => part.Split(". ")[0].Split('{')[0].Trim(' ', ',', ';', ':', '.', '(', ')', '\'', '"'))
            .FirstOrDefault(text => text.Length >= LeastLength);

    private static IEnumerable<string> Sources() =>
        Projects
            .SelectMany(project => Directory.EnumerateFiles(Path.Combine(CheckedIn.Root, project), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText);

    [GeneratedRegex(
        """\[LoggerMessage\(\s*(EventId = \d+,\s*)?Level = LogLevel\.(Warning|Error|Critical),\s*Message = "(?<message>[^"]*)"\s*\)\]"""
    )]
    private static partial Regex LogMessage();

    [GeneratedRegex("""Not started: [^"\n]*""")]
    private static partial Regex Refusal();

    [GeneratedRegex(@"\{(?:[^{}]|\{[^{}]*\})*\}")]
    private static partial Regex Placeholder();
}
