using OrleansTwitterProxy.Sandbox;

if (args.Any(argument => argument is "--help" or "-h" or "-?"))
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

var options = CommandLine.Read(args);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM,
    signal =>
    {
        signal.Cancel = true;
        stop.Cancel();
    });

await using var server = await SandboxServer.StartAsync(options, cancellationToken: stop.Token);
Console.WriteLine(CommandLine.Banner(server));
await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
Console.WriteLine("The sandbox has stopped.");
return 0;
