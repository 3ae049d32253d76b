using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace OrleansTwitterProxy.Settings;

/// <summary>Where settings come from, and how their names are written there.</summary>
/// <param name="configuration">The configuration.</param>
/// <param name="environmentPrefix">What the configuration's environment variables begin with; empty for all of them.</param>
internal sealed class SettingOrigins(IConfigurationRoot configuration, string environmentPrefix)
{
    private readonly List<IConfigurationProvider> _providers = [.. Flatten(configuration)];

    /// <summary>The sources that an operator writes: command line, environment and files.</summary>
    public IEnumerable<IConfigurationProvider> Written =>
        _providers.Where(provider =>
            provider is CommandLineConfigurationProvider or EnvironmentVariablesConfigurationProvider or FileConfigurationProvider
        );

    /// <summary>Whether the source also has names that are not meant for this process, as the environment does.</summary>
    public bool IsShared(IConfigurationProvider provider) =>
        provider is EnvironmentVariablesConfigurationProvider && environmentPrefix.Length == 0;

    /// <returns>The source that is in force for a setting or a section; null if none has it.</returns>
    public IConfigurationProvider? Of(string path) =>
        _providers.FindLast(provider => provider.TryGet(path, out _) || provider.GetChildKeys([], path).Any());

    /// <returns>The source of a setting's value; null if it has none.</returns>
    public IConfigurationProvider? OfValue(string path) =>
        _providers.FindLast(provider => provider.TryGet(path, out var value) && !string.IsNullOrEmpty(value));

    /// <summary>A name as its source writes it.</summary>
    public string Write(string path, IConfigurationProvider? origin) =>
        origin switch
        {
            CommandLineConfigurationProvider => "--" + path,
            EnvironmentVariablesConfigurationProvider => environmentPrefix
                + path.Replace(ConfigurationPath.KeyDelimiter, "__", StringComparison.Ordinal),
            _ => path,
        };

    /// <summary>A name as its source writes it, and the source if that does not tell.</summary>
    public string Name(string path, IConfigurationProvider? origin) =>
        origin is FileConfigurationProvider file ? $"{path} ({file.Source.Path})" : Write(path, origin);

    private static IEnumerable<IConfigurationProvider> Flatten(IConfigurationRoot root) =>
        root.Providers.SelectMany(provider =>
            provider is ChainedConfigurationProvider { Configuration: IConfigurationRoot inner } ? Flatten(inner) : [provider]
        );
}
