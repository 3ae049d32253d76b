using System.Diagnostics;
using System.Globalization;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Signals to a process and its children, such as PostgreSQL's backends.</summary>
internal static class ProcessTree
{
    /// <summary>The parent first: it would start another child for one that has gone.</summary>
    /// <param name="pid">The parent.</param>
    /// <param name="signal">STOP, CONT, ...</param>
    public static void Signal(int pid, string signal)
    {
        var id = pid.ToString(CultureInfo.InvariantCulture);
        foreach (var (program, arguments) in new[] { ("kill", $"-{signal} {id}"), ("pkill", $"-{signal} -P {id}") })
        {
            using var process = Process.Start(program, arguments);
            process.WaitForExit();
        }
    }
}
