using System.CommandLine;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Settings;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The commands of the executable: run (the default), and <c>keys new NAME</c>.</summary>
public static class CommandLine
{
    private const string Description = """
        OrleansTwitterProxy: a self-hosted proxy for the X (Twitter) API.

        Without options it serves http://127.0.0.1:8080, keeps its data in ./data, and uses a built-in sandbox in place of X.
        Every setting can be given as an option (--Section:Name VALUE), as an environment variable (Section__Name), or in
        appsettings.json in the working folder. The ones most needed:

          --urls http://127.0.0.1:8080   where to listen; several are separated by ;
          --Twitter:ClientId ID          the X app's OAuth 2.0 client id (and Twitter__ClientSecret in the environment)
          --Proxy:PublicUrl URL          scheme and host that browsers use, when behind a load balancer
          --Proxy:DataPath FOLDER        database and keys; default data
          --Logging:LogLevel:Default LEVEL   Debug tells of every request

        docs/reference/settings.md lists them all.
        """;

    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="args">Arguments of the process; all but commands are configuration.</param>
    /// <param name="build">Builds the application.</param>
    /// <param name="more">Further commands of the executable, for the settings that were given.</param>
    /// <returns>The exit code: 0, or 1 when the command line is not valid or the proxy could not start.</returns>
    public static Task<int> RunAsync(string[] args, Func<string[], Task<WebApplication>> build, params Func<string[], Command>[] more) =>
        CommandRunner.RunAsync(args, settings => Describe(settings, build, more));

    internal static RootCommand Describe(string[] settings, Func<string[], Task<WebApplication>> build, Func<string[], Command>[] more)
    {
        var root = new RootCommand(Description) { Keys(settings) };
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

    private static Command Keys(string[] settings)
    {
        var name = new Argument<string>("NAME") { Description = "The client's id: letters, digits, '-', '_' and '.'." };
        var create = new Command("new", "Creates an API key. It is printed once; the configuration holds only its hash.") { name };
        create.Validators.Add(result =>
        {
            if (settings is [var setting, ..])
                result.AddError($"'keys new' reads no configuration: leave out '{setting}'.");
        });
        create.SetAction(result => NewKey(result.GetRequiredValue(name)));
        return new Command("keys", "API keys of clients.") { create };
    }

    private static int NewKey(string name)
    {
        var key = ApiKey.New();
        if (ClientValidation.Failures(name, new() { ApiKeys = [ApiKey.Hash(key)] }).FirstOrDefault() is { } failure)
        {
            Console.Error.WriteLine(failure);
            return 1;
        }

        Console.WriteLine(
            $$"""
            API key of {{name}}, shown this once; give it to the client as the header X-Api-Key:

              {{key}}

            Configuration (appsettings.json in the proxy's working folder; takes effect at once when saved):

              {
                "Clients": {
                  "{{name}}": {
                    "ApiKeys": [ "{{ApiKey.Hash(key)}}" ],
                    "ReturnUrls": [ "https://app.example.com/signed-in" ],
                    "Origins": []
                  }
                }
              }

            or in the environment: Clients__{{name}}__ApiKeys__0={{ApiKey.Hash(key)}}
            """
        );
        return 0;
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
        await StartAsync(app);
        await app.WaitForShutdownAsync();
        return 0;
    }
}
