using Microsoft.Extensions.Configuration.Memory;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Quiet by default, one line an entry. Every level can be set in the configuration, which comes later and so wins.</summary>
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
                    ["Logging:LogLevel:Orleans."] = "Warning", // with the dot: a bare prefix would take OrleansTwitterProxy along
                    ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error", // advises server GC at every start; Silo.csproj says why it is off
                    // Takes the time since the machine's start for a pause, at every start.
                    ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
                    ["Logging:LogLevel:Polly"] = "Warning", // Orleans places every grain through Polly, which tells of each placement
                    ["Logging:LogLevel:Npgsql"] = "Warning",
                    // The framework tells there of every caller that is refused.
                    ["Logging:LogLevel:OrleansTwitterProxy.Api.Authentication"] = "Warning",
                    // The key ring lies in a folder only its owner can read.
                    ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
                    // A start that fails is explained by CommandLine; that a background service died is Critical, and told.
                    ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
                    // Its request lines hold query strings, and X's callback brings a code in one.
                    ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",
                    ["Logging:Console:FormatterName"] = "simple",
                    ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                    ["Logging:Console:FormatterOptions:TimestampFormat"] = "HH:mm:ss ",
                },
            }
        );
    }
}
