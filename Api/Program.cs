using OrleansTwitterProxy.Api.Hosting;

return await CommandLine.RunAsync(args, configuration => FrontEndApplication.BuildAsync(configuration));
