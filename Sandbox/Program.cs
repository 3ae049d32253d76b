using System.Runtime.InteropServices;
using OrleansTwitterProxy.Sandbox;

if (args.Any(argument => argument is "--help" or "-h" or "-?"))
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

try
{
    await using var server = await SandboxServer.StartAsync(CommandLine.Read(args));
    Console.WriteLine(CommandLine.Banner(server));

    var stopped = new TaskCompletionSource();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    await stopped.Task;

    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stopped.TrySetResult();
    }
}
catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
{
    await Console.Error.WriteLineAsync($"The sandbox could not start: {exception.Message}");
    return 1;
}

Console.WriteLine("The sandbox has stopped.");
return 0;
