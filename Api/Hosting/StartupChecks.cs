using System.Net;
using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Checks that run before the server listens.</summary>
internal static class StartupChecks
{
    /// <summary>Set in the configuration while the built-in sandbox stands in for X.</summary>
    public const string SandboxActiveKey = "Sandbox:Active";

    /// <summary>The sandbox signs anybody in as anybody, and the development key is public: both are for loopback only.</summary>
    /// <exception cref="StartupException">The proxy is reached from other machines, and a credential is missing.</exception>
    public static void RequireCredentialsOffLoopback(IConfiguration configuration, ListenAddresses listening)
    {
        var publicUrl = configuration[$"{ProxyOptions.Section}:{nameof(ProxyOptions.PublicUrl)}"];
        if (configuration.GetValue<bool>(SandboxActiveKey) && publicUrl is not null && !ListenAddresses.IsLoopback(publicUrl))
        {
            throw new StartupException(
                $"""
                Not started: Proxy__PublicUrl ({publicUrl}) is reached from other machines, and no X credentials are configured.
                The built-in sandbox signs anybody in as anybody, so it serves this machine only.
                Set Twitter__ClientId and Twitter__ClientSecret (from X's developer portal), or leave Proxy__PublicUrl out.
                """
            );
        }

        if (listening.LoopbackOnly)
            return;
        var addresses = string.Join(", ", listening.Urls);
        if (configuration.GetValue<bool>(SandboxActiveKey))
        {
            throw new StartupException(
                $"""
                Not started: {addresses} can be reached from other machines, and no X credentials are configured.
                The built-in sandbox signs anybody in as anybody, so it serves this machine only.
                Set Twitter__ClientId and Twitter__ClientSecret (from X's developer portal), or listen on 127.0.0.1 (--urls {ListenAddresses.Default}).
                """
            );
        }

        if (!configuration.GetSection("Clients").GetChildren().Any())
        {
            throw new StartupException(
                $"""
                Not started: {addresses} can be reached from other machines, and no client is configured.
                Make a key with 'dotnet run --project Silo -- keys new NAME' and configure what it prints; the development key works on 127.0.0.1 only.
                """
            );
        }

        if (string.IsNullOrEmpty(publicUrl))
        {
            throw new StartupException(
                $"""
                Not started: {addresses} can be reached from other machines, and Proxy__PublicUrl is not set.
                Set it to the scheme and host that browsers use (https://proxy.example.com), and register {PublicAddress.CallbackPath} below it as the callback at X.
                """
            );
        }
    }

    /// <summary>Messages between processes carry other people's accounts, and a silo does what they say.</summary>
    /// <exception cref="StartupException">Other machines reach the silo, and it does not ask them who they are.</exception>
    public static void RequireTlsOffLoopback(ClusterOptions cluster)
    {
        if (cluster.AllowUnencrypted || cluster.Tls.Certificate.Length > 0 || IsOnLoopback(cluster))
            return;
        throw new StartupException(
            $"""
            Not started: other machines can reach this silo's ports {cluster.SiloPort} and {cluster.GatewayPort}, and would neither be asked who they are nor kept from reading its messages.
            Set Cluster__Tls__Certificate, Cluster__Tls__Key and Cluster__Tls__Authority in every process (docs/guides/cluster.md, "TLS between processes").
            For a cluster on one machine: Cluster__AdvertisedAddress=127.0.0.1. On a network that nobody else is on: Cluster__AllowUnencrypted=true.
            """
        );
    }

    // Without either setting Orleans chooses an address that other machines reach.
    private static bool IsOnLoopback(ClusterOptions cluster) =>
        IPAddress.TryParse(cluster.ListenAddress ?? cluster.AdvertisedAddress, out var address) && IPAddress.IsLoopback(address);
}
