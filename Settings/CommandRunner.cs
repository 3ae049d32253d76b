using System.CommandLine;

namespace OrleansTwitterProxy.Settings;

/// <summary>Runs the command that a command line names. What it does not know, it refuses.</summary>
public static class CommandRunner
{
    internal const string Help = "--help";
    internal const string Version = "--version";

    /// <summary>A command's flag: overwrite what is there.</summary>
    public const string Force = "--force";

    /// <summary>A command's flag: the data go on elsewhere.</summary>
    public const string Final = "--final";

    private const int Refused = 1;

    private static readonly string[] AsksForHelp = [Help, "-h", "-?", "help"];

    /// <summary>Runs it.</summary>
    /// <param name="args">Arguments of the process.</param>
    /// <param name="describe">The executable's commands, for the settings that were given, each as <c>--Section:Name=VALUE</c>.</param>
    /// <returns>The exit code of the command, or 1 if the command line is not valid; standard error then says why.</returns>
    public static async Task<int> RunAsync(string[] args, Func<string[], RootCommand> describe)
    {
        var arguments = Arguments.Split(args);
        var root = describe([.. arguments.Settings]);
        if (arguments.Words.Contains(Version))
            return await root.Parse([Version]).InvokeAsync();
        if (arguments.Words.Any(AsksForHelp.Contains))
            return await root.Parse([.. arguments.Words.Except(AsksForHelp), Help]).InvokeAsync();

        var parsed = root.Parse(arguments.Words);
        if (Failures(arguments, parsed) is [_, ..] failures)
        {
            await Console.Error.WriteLineAsync(
                string.Join(Environment.NewLine + "  ", failures.Prepend("Not started: the command line is not valid."))
            );
            await Console.Error.WriteLineAsync($"{Help} lists the commands, and how settings are written.");
            return Refused;
        }

        // Null: the host handles SIGTERM and Ctrl+C itself. The parser would end the process after two seconds, even with calls in flight.
        return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null });
    }

    internal static IReadOnlyList<string> Failures(Arguments arguments, ParseResult parsed) =>
        [.. arguments.Failures, .. FailuresOf(parsed)];

    // Of several words the first: what follows an unknown one may belong to it.
    private static IEnumerable<string> FailuresOf(ParseResult parsed) =>
        parsed.UnmatchedTokens is [var word, ..]
            ? [Unknown(word, parsed.CommandResult.Command)]
            : parsed.Errors.Select(error => error.Message);

    private static string Unknown(string word, Command command)
    {
        if (word.Split('=') is [{ Length: > 0 } name, _, ..])
            return $"'{word}': a setting begins with --. Write --{name.TrimStart('-', '/')}=VALUE.";
        if (word.StartsWith('-'))
            return $"'{word}' is no option. Settings are written --Section:Name VALUE.";
        var names = command.Subcommands.Select(sub => sub.Name).ToList();
        var path = PathOf(command);
        if (names.Count == 0)
            return $"'{word}' is no argument here. Settings are written --Section:Name VALUE.";
        var advice = NearestName.To(word, names) is { } nearest
            ? $"Did you mean '{path}{nearest}'?"
            : $"The commands are {string.Join(", ", names.Select(name => $"'{path}{name}'"))}.";
        return $"'{path}{word}' is no command. {advice}";
    }

    // "keys " for a command, and nothing for the executable itself.
    private static string PathOf(Command command) =>
        command is RootCommand
            ? ""
            : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? PathOf(parent) : "")}{command.Name} ";
}
