using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using OrleansTwitterProxy.Silo.Hosting;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The contract tests' engine is here a silo of Orleans, in memory, with the front end in the same process.</summary>
internal static class EngineUnderTest
{
    public static Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder> customize) =>
        SiloApplication.BuildAsync([.. args, $"--Cluster:SiloPort={FreePort()}", $"--Cluster:GatewayPort={FreePort()}"], customize);

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
