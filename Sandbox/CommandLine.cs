namespace OrleansTwitterProxy.Sandbox;

/// <summary>The sandbox as a program of its own: its command line and output.</summary>
internal static class CommandLine
{
    public const string Help = """
        A stand-in for the X API v2, over real HTTP.

          dotnet run --project Sandbox -- [--Option value]...

        Options are the properties of SandboxOptions; Sandbox__Option in the environment works too.
          --Url http://127.0.0.1:8081            where to listen; port 0 takes any free port
          --AllowedHosts:0 NAME                  a host name to serve beside localhost and the one of Url
          --ClientId sandbox-client              the app's client id
          --ClientSecret sandbox-secret          empty makes it a public client
          --AppBearerToken sandbox-app-bearer    for the filtered stream
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

    /// <summary>Options from the environment, overridden by the command line.</summary>
    /// <exception cref="InvalidOperationException">An option is unknown or cannot be read.</exception>
    public static SandboxOptions Read(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("Sandbox__").AddCommandLine(args).Build();
        return configuration.Get<SandboxOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new SandboxOptions();
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
