using OrleansTwitterProxy.Api.Cluster;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Api.Telemetry;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Idempotency;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;
using OrleansTwitterProxy.Core.Streams;
using OrleansTwitterProxy.Core.Twitter;
using OrleansTwitterProxy.Settings;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Every setting of the proxy: our sections, and the framework's names. All processes know all of them, so that one file or environment
/// serves the whole cluster.
/// </summary>
public static class KnownSettings
{
    private static readonly Dictionary<string, Type?> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [ProxyOptions.Section] = typeof(ProxyOptions),
        [OpsOptions.Section] = typeof(OpsOptions),
        [ActivityOptions.Section] = typeof(ActivityOptions),
        [AuditOptions.Section] = typeof(AuditOptions),
        [TwitterOptions.Section] = typeof(TwitterOptions),
        [nameof(ClientsOptions.Clients)] = typeof(Dictionary<string, ClientOptions>),
        [SignInOptions.Section] = typeof(SignInOptions),
        [UserSessionOptions.Section] = typeof(UserSessionOptions),
        [QueueOptions.Section] = typeof(QueueOptions),
        [RetryOptions.Section] = typeof(RetryOptions),
        [CircuitOptions.Section] = typeof(CircuitOptions),
        [IdempotencyOptions.Section] = typeof(IdempotencyOptions),
        [MediaOptions.Section] = typeof(MediaOptions),
        [StreamOptions.Section] = typeof(StreamOptions),
        [ClusterOptions.Section] = typeof(ClusterOptions),
        [TelemetryOptions.Section] = typeof(TelemetryOptions),
        ["Sandbox"] = null, // the silo knows its type
    };

    private static readonly string[] Framework =
    [
        WebHostDefaults.ServerUrlsKey,
        WebHostDefaults.HttpPortsKey,
        WebHostDefaults.HttpsPortsKey,
        WebHostDefaults.ApplicationKey,
        WebHostDefaults.EnvironmentKey,
        WebHostDefaults.ContentRootKey,
        WebHostDefaults.WebRootKey,
        WebHostDefaults.StaticWebAssetsKey,
        WebHostDefaults.DetailedErrorsKey,
        WebHostDefaults.CaptureStartupErrorsKey,
        WebHostDefaults.SuppressStatusMessagesKey,
        WebHostDefaults.PreferHostingUrlsKey,
        WebHostDefaults.PreventHostingStartupKey,
        WebHostDefaults.HostingStartupAssembliesKey,
        WebHostDefaults.HostingStartupExcludeAssembliesKey,
        WebHostDefaults.ShutdownTimeoutKey,
        "hostBuilder",
        "Logging",
        "Kestrel",
        "AllowedHosts",
        "Orleans",
        "Authentication",
        "ConnectionStrings",
        "$schema",
        .. OpenTelemetryVariables.All,
    ];

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["port"] = WebHostDefaults.ServerUrlsKey,
        ["listen"] = WebHostDefaults.ServerUrlsKey,
        ["host"] = WebHostDefaults.ServerUrlsKey,
        ["data"] = $"{ProxyOptions.Section}:{nameof(ProxyOptions.DataPath)}",
    };

    /// <summary>The framework's builder, with a configuration that has been checked.</summary>
    /// <param name="args">Settings as <c>--Section:Name VALUE</c>.</param>
    /// <param name="sandbox">Type of the section Sandbox; null where no sandbox runs.</param>
    /// <exception cref="StartupException">A setting is unknown or not valid; the message names each.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args, Type? sandbox = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        var failures = Failures(builder.Configuration, sandbox);
        return failures.Count == 0 ? builder : throw StartupException.Invalid(failures);
    }

    /// <returns>A message for each setting that is unknown or not valid.</returns>
    internal static IReadOnlyList<string> Failures(IConfigurationRoot configuration, Type? sandbox = null) =>
        new SettingCheck(configuration, Roots(sandbox), Aliases).Failures();

    /// <returns>Type of each name at the root of the configuration; null for one whose content is not checked.</returns>
    internal static IReadOnlyDictionary<string, Type?> Roots(Type? sandbox = null)
    {
        Dictionary<string, Type?> roots = new(Sections, StringComparer.OrdinalIgnoreCase) { ["Sandbox"] = sandbox };
        foreach (var name in Framework)
            roots.Add(name, null);
        return roots;
    }
}
