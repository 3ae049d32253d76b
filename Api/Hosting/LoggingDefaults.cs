using Microsoft.Extensions.Configuration.Memory;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Quiet by default, one line per entry. The configuration overrides every level.</summary>
public static class LoggingDefaults
{
    public static void AddLoggingDefaults(this WebApplicationBuilder builder)
    {
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(
            0,
            new MemoryConfigurationSource
            {
                InitialData = new Dictionary<string, string?>
                {
                    ["Logging:LogLevel:Default"] = "Information",
                    ["Logging:LogLevel:Microsoft"] = "Warning",
                    ["Logging:LogLevel:Orleans."] = "Warning", // with the dot: the bare prefix would match OrleansTwitterProxy too
                    // Recommends server GC at every start; Silo.csproj says why it is off.
                    ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
                    // Reports at every start the time since the machine's boot as a pause.
                    ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
                    // Warns of each turn over 200 ms, of which a start has some on a busy machine.
                    ["Logging:LogLevel:Orleans.Runtime.Scheduler"] = "Error",
                    ["Logging:LogLevel:Polly"] = "Warning", // Orleans places every grain through Polly, which logs each placement
                    ["Logging:LogLevel:Npgsql"] = "Warning",
                    // The framework logs every refused caller there.
                    ["Logging:LogLevel:OrleansTwitterProxy.Api.Authentication"] = "Warning",
                    // Warns that keys are stored unencrypted; only the folder's owner can read it.
                    ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
                    // Repeats at every look of a load balancer what Readiness says once.
                    ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",
                    // A stack trace for every statement that failed; ClusterDatabase says so once a minute.
                    ["Logging:LogLevel:Orleans.Storage.AdoNetGrainStorage"] = "None",
                    // The same for each of a silo's ranges at each reading: ninety lines at once. A tick that fails comes again.
                    ["Logging:LogLevel:Orleans.Runtime.ReminderService.LocalReminderService"] = "Critical",
                    // The same, from a front end every two seconds; a call that finds no gateway is LostNodeFilter's to tell.
                    ["Logging:LogLevel:Orleans.Messaging.GatewayManager"] = "None",
                    // CommandLine explains a failed start; the end of a background service is Critical and is logged.
                    ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
                    // Request lines contain query strings, and X's callback has a code in its query.
                    ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
                    ["Logging:Console:FormatterName"] = "simple",
                    ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                    // Of all processes in the same time, as databases and collectors have it.
                    ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",
                    ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
                },
            }
        );
    }
}
