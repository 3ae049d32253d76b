using OrleansTwitterProxy.Api.Hosting;

return await CommandLine.RunAsync(args, FrontEndApplication.Description, configuration => FrontEndApplication.BuildAsync(configuration));
