using System.Diagnostics;
using System.Globalization;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Drops packets on this machine's loopback interface, as a broken network does: nobody is told.</summary>
internal static class Firewall
{
    /// <summary>What is lacking here; null if nothing.</summary>
    public static string? Missing { get; } =
        !Environment.IsPrivilegedProcess ? "only root may change the firewall"
        : Programs.Missing("iptables") is { } program ? $"there is no {program}"
        : null;

    /// <summary>Closes listening ports, open connections to them included.</summary>
    /// <returns>Opens them again.</returns>
    public static async Task<IAsyncDisposable> CloseAsync(IReadOnlyList<int> ports)
    {
        foreach (var rule in Rules(ports))
            await RunAsync(["-I", .. rule]);
        return new Opening(ports);
    }

    private static IEnumerable<string[]> Rules(IReadOnlyList<int> ports) =>
        from port in ports
        from direction in new[] { "--dport", "--sport" }
        select (string[])["INPUT", "-i", "lo", "-p", "tcp", direction, port.ToString(CultureInfo.InvariantCulture), "-j", "DROP"];

    private static async Task RunAsync(string[] arguments)
    {
        using var iptables = Process.Start(new ProcessStartInfo("iptables", ["-w", .. arguments]) { RedirectStandardError = true })!;
        await iptables.WaitForExitAsync();
        Assert.True(iptables.ExitCode == 0, $"iptables: {await iptables.StandardError.ReadToEndAsync()}");
    }

    private sealed class Opening(IReadOnlyList<int> ports) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var rule in Rules(ports))
                await RunAsync(["-D", .. rule]);
        }
    }
}
