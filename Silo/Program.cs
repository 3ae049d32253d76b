using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Silo.Storage;

return await CommandLine.RunAsync(
    args,
    configuration => SiloApplication.BuildAsync(configuration),
    MigrateCommand.Create,
    FutureSilos.CreateCommand
);
