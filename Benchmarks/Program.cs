using System.CommandLine;
using OrleansTwitterProxy.Benchmarks;

return await new RootCommand(
    "What callers notice of others: a proxy, a sandbox in place of X, the load and the measured calls, each a process of its own on this machine. Prints figures and compares them within the run; asserts nothing."
)
{
    Flood.Command(),
    Flood.LoadCommand(),
    Uploads.Command(),
    Uploads.LoadCommand(),
}
    .Parse(args)
    .InvokeAsync();
