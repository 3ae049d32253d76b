using System.CommandLine;
using OrleansTwitterProxy.Api.Clients;
using OrleansTwitterProxy.Settings;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The commands of the executable: run (the default), <c>keys new NAME</c> and <c>keys new-admin NAME</c>.</summary>
public static class CommandLine
{
    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="args">Arguments of the process; all but commands are configuration.</param>
    /// <param name="description">What <c>--help</c> says of the executable.</param>
    /// <param name="build">Builds the application.</param>
    /// <param name="more">Further commands of the executable, for the settings that were given.</param>
    /// <returns>The exit code: 0, or 1 when the command line is not valid or the proxy could not start.</returns>
    public static Task<int> RunAsync(
        string[] args,
        string description,
        Func<string[], Task<WebApplication>> build,
        params Func<string[], Command>[] more
    ) => CommandRunner.RunAsync(args, settings => Describe(settings, description, build, more));

    internal static RootCommand Describe(
        string[] settings,
        string description,
        Func<string[], Task<WebApplication>> build,
        Func<string[], Command>[] more
    )
    {
        var root = new RootCommand(description) { KeysCommand.Create(settings) };
        root.SetAction((_, _) => ExplainAsync(() => ServeAsync(settings, build)));
        foreach (var create in more)
            root.Subcommands.Add(create(settings));
        return root;
    }

    /// <summary>Runs an action, and tells the operator what to correct if it fails for a reason that has a setting.</summary>
    /// <returns>The exit code: the action's, or 1.</returns>
    internal static async Task<int> ExplainAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (StartupFailure.Explain(e) is { } explanation)
        {
            await Console.Error.WriteLineAsync(explanation);
            return 1;
        }
    }

    // If the start fails, what has started is stopped in order: a running service would otherwise use a disposed container.
    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception)
        {
            await app.StopAsync();
            throw;
        }
    }

    private static async Task<int> ServeAsync(string[] settings, Func<string[], Task<WebApplication>> build)
    {
        await using var app = await build(settings);
        using var second = new SecondInterrupt();
        await StartAsync(app);
        await app.WaitForShutdownAsync();
        return 0;
    }
}
