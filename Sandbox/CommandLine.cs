using System.CommandLine;
using OrleansTwitterProxy.Settings;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>The sandbox as a program of its own: its command line and output.</summary>
internal static class CommandLine
{
    private const string EnvironmentPrefix = "Sandbox__";

    private const string Description = """
        A stand-in for the X API v2, over real HTTP.

        Options are the properties of SandboxOptions; Sandbox__Option in the environment works too.

          --Url http://127.0.0.1:8081            where to listen; port 0 takes any free port
          --AllowedHosts:0 NAME                  a host name to serve beside localhost and the one of Url
          --ClientId sandbox-client              the app's client id
          --ClientSecret sandbox-secret          empty makes it a public client
          --BearerToken sandbox-app-token        the app-only token, for streams and other app-only calls
          --ConsumerKey sandbox-consumer-key     with the next, for POST /oauth2/token, which answers with the app-only token
          --ConsumerSecret sandbox-consumer-secret
          --RedirectUris:0 http://...            exact redirect URIs; none allows any loopback address
          --AccessTokenLifetime 02:00:00         hours:minutes:seconds, here and below
          --AuthorizationCodeLifetime 00:00:30
          --RefreshTokenLifetime 180.00:00:00    with days
          --RefreshKillsOldAccessToken false
          --EnforceLimits true                   false never answers 429
          --RejectDuplicatePosts true
          --TimelineDelay 00:00:00               how long a new post stays away from timelines and search
          --SelfServePolicy false                true refuses likes, follows, quotes and unsummoned replies
          --MediaProcessingDuration 00:00:03
          --StreamKeepAliveInterval 00:00:20
          --StreamNeedsRules false
        """;

    /// <summary>Runs the sandbox with the options of the command line.</summary>
    /// <returns>The exit code: 0, or 1 when an option is unknown or not valid, or the sandbox could not start.</returns>
    public static Task<int> RunAsync(string[] args, Func<SandboxOptions, Task> serve) => CommandRunner.RunAsync(args, settings =>
        {
            var root = new RootCommand(Description);
            root.SetAction((_, _) => ServeAsync(settings, serve));
            return root;
        });

    private static async Task<int> ServeAsync(string[] settings, Func<SandboxOptions, Task> serve)
    {
        try
        {
            await serve(Read(settings));
            return 0;
        }
        catch (IOException exception)
        {
            await Console.Error.WriteLineAsync($"The sandbox could not start: {exception.Message}. Choose another address with --Url.");
            return 1;
        }
        catch (ArgumentException exception)
        {
            await Console.Error.WriteLineAsync($"The sandbox could not start: {exception.Message}");
            return 1;
        }
    }

    // Options from the environment, overridden by the command line.
    private static SandboxOptions Read(string[] settings)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).AddCommandLine(settings).Build();
        var options = typeof(SandboxOptions)
            .GetProperties()
            .ToDictionary(property => property.Name, Type? (property) => property.PropertyType, StringComparer.OrdinalIgnoreCase);
        var aliases = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["port"] = "Url", ["urls"] = "Url" };
        var failures = new SettingCheck(configuration, options, aliases, EnvironmentPrefix).Failures();
        if (failures.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine + "  ", failures.Prepend("an option is not valid.")));
        return configuration.Get<SandboxOptions>() ?? new();
    }

    public static string Banner(SandboxServer server)
    {
        var url = server.BaseAddress.ToString().TrimEnd('/');
        var client = server.Options.IsPublicClient
            ? $"Twitter__ClientId={server.Options.ClientId}"
            : $"Twitter__ClientId={server.Options.ClientId} Twitter__ClientSecret={server.Options.ClientSecret}";
        return $"""

            X sandbox, a stand-in for the X API v2. Everything lives in memory.

              listening   {url}
              app token   {server.Options.BearerToken}
              client      {server.Options.ClientId}{(server.Options.IsPublicClient ? " (public)" : "")}
              proxy       Twitter__ApiBaseUrl={url}
                          Twitter__AuthorizeUrl={url}/i/oauth2/authorize
                          {client}
              accounts    {string.Join(", ", UserStore.Residents)}; any other with &sandbox_user=NAME on the authorization URL
              control     {url}/_sandbox

            Ctrl+C stops it.

            """;
    }
}
