namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Finds settings that no options class has.</summary>
internal static class UnknownSettings
{
    /// <returns>A message for each key of the section that is not a property of its options.</returns>
    public static IEnumerable<string> In(IConfigurationSection section, Type options)
    {
        var known = options.GetProperties().Where(property => property.CanWrite).Select(property => property.Name).ToList();
        return section
            .GetChildren()
            .Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            .Select(child => $"{child.Path}: there is no such setting. The settings are {string.Join(", ", known)}.");
    }
}
