using System.Runtime.InteropServices;
using OrleansTwitterProxy.Sandbox;

return await CommandLine.RunAsync(args, async options =>
{
    await using (var server = await SandboxServer.StartAsync(options))
    {
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

    Console.WriteLine("The sandbox has stopped.");
});
