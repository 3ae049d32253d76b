using System.Diagnostics;
using System.Reflection;
using OrleansTwitterProxy.Silo.Hosting;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The Silo executable as an operator starts it: a process of its own, in an empty folder.</summary>
internal static class SiloProcess
{
    /// <summary>Runs it to its end. One that does not end is killed, and fails the test.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RunAsync(typeof(SiloApplication).Assembly, arguments);

    /// <summary>Another of our executables, with further environment variables.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        Assembly executable,
        string[] arguments,
        params (string Name, string Value)[] environment
    )
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet", [executable.Location, .. arguments])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var name in start
                .Environment.Keys.Where(name =>
                    name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name.Contains("__", StringComparison.Ordinal)
                )
                .ToList()
        )
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }

        return (process.ExitCode, await output, await errors);
    }
}
