using System.Runtime.InteropServices;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Ends the process at once at a Ctrl-C that follows another, or SIGTERM. The first one is the host's, which stops in order. Nothing is
/// lost: what was acknowledged is on disk, as after a kill.
/// </summary>
internal sealed class SecondInterrupt : IDisposable
{
    private const int ExitCode = 128 + 2; // as a shell reports SIGINT

    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public SecondInterrupt() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) > 1 && context.Signal is PosixSignal.SIGINT)
            Environment.Exit(ExitCode);
    }
}
