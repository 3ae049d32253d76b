using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Standalone;

return await CommandLine.RunAsync(args, configuration => StandaloneApplication.BuildAsync(configuration));
