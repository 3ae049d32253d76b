using System.Net;
using System.Net.Sockets;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Ports of this machine that nobody has, below the range from which the system hands out ports by itself: no connection takes them in
/// between.
/// </summary>
internal static class FreePorts
{
    private const int First = 10_000; // of those that are taken one by one; ClusterProcesses takes its own from 20,000
    private const int Count = 10_000;

    private static int _last = Environment.ProcessId * 100;

    /// <summary>One that has not been given out for long.</summary>
    public static int Next()
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (IsFree(port))
                return port;
        }

        throw new InvalidOperationException($"There is no free port from {First} on.");
    }

    /// <summary>The first of so many in a row.</summary>
    /// <param name="from">Where to begin to look.</param>
    /// <param name="to">Where to end.</param>
    /// <param name="count">How many.</param>
    public static int InARow(int from, int to, int count)
    {
        for (var first = from; first < to; first += 20)
        {
            if (Enumerable.Range(first, count).All(IsFree))
                return first;
        }

        throw new InvalidOperationException($"There are no {count} free ports in a row from {from} to {to}.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
