using System.CommandLine;
using OrleansTwitterProxy.Benchmarks;

return await new RootCommand(
    "Measures the effect of a load on other callers, compares the proxy to others, and fuzzes it. The proxy, the sandbox in place of X, the load and the measured calls are processes of their own on this machine. A measurement prints figures and compares them within the run, and asserts nothing; the fuzzer ends with 1 if it finds something."
)
{
    Flood.Command(),
    Flood.LoadCommand(),
    Uploads.Command(),
    Uploads.LoadCommand(),
    Telemetry.Command(),
    Peers.Command(),
    PeersOrigin.Command(),
    PeersYarp.Command(),
    PeersLoad.Command(),
    Fuzz.Command(),
}
    .Parse(args)
    .InvokeAsync();
