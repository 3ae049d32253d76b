using System.CommandLine;
using OrleansTwitterProxy.Benchmarks;

return await new RootCommand(
    "Measures the effect of a load on other callers. The proxy, the sandbox in place of X, the load and the measured calls are processes of their own on this machine. Prints figures and compares them within the run; asserts nothing."
)
{
    Flood.Command(),
    Flood.LoadCommand(),
    Uploads.Command(),
    Uploads.LoadCommand(),
}
    .Parse(args)
    .InvokeAsync();
