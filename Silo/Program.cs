using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Silo.Hosting;
using OrleansTwitterProxy.Silo.Storage;

return await CommandLine.RunAsync(
    args,
    SiloApplication.Description,
    configuration => SiloApplication.BuildAsync(configuration),
    MigrateCommand.Create,
    BackupCommand.Create,
    RestoreCommand.Create,
    RestoredCommand.Create,
    RewrapCommand.Create,
    FutureSilos.CreateCommand
);
