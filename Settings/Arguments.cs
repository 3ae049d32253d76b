namespace OrleansTwitterProxy.Settings;

/// <summary>A command line in its parts.</summary>
/// <param name="Words">Commands, their arguments, and flags such as <c>--help</c>.</param>
/// <param name="Settings">Settings, each as <c>--Section:Name=VALUE</c>.</param>
/// <param name="Failures">A message for each option that cannot be read.</param>
internal sealed record Arguments(IReadOnlyList<string> Words, IReadOnlyList<string> Settings, IReadOnlyList<string> Failures)
{
    private const string Prefix = "--";

    private static readonly string[] Flags = [CommandRunner.Help, CommandRunner.Version, CommandRunner.Force, CommandRunner.Final];

    /// <summary>
    /// Takes every option for a setting, known or not. The framework's own reader would take the next option for the value of one that has
    /// none, and would skip what it cannot read.
    /// </summary>
    public static Arguments Split(IReadOnlyList<string> args)
    {
        List<string> words = [],
            settings = [],
            failures = [];
        for (var i = 0; i < args.Count; i++)
        {
            var argument = args[i];
            if (Flags.Contains(argument) || !IsOption(argument))
                words.Add(argument);
            else if (argument.Split('=')[0] == Prefix)
                failures.Add($"'{argument}' has no name. Write {Prefix}Section:Name VALUE.");
            else if (argument.Contains('=', StringComparison.Ordinal))
                settings.Add(argument);
            else if (i + 1 < args.Count && !IsOption(args[i + 1]))
                settings.Add($"{argument}={args[++i]}");
            else
                failures.Add($"{argument} has no value. Write {argument} VALUE, or {argument}=VALUE if the value begins with {Prefix}.");
        }

        return new(words, settings, failures);
    }

    private static bool IsOption(string argument) => argument.StartsWith(Prefix, StringComparison.Ordinal);
}
