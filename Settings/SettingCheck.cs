using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace OrleansTwitterProxy.Settings;

/// <summary>
/// Checks a whole configuration: that every name is known, that every value has its form, and that it is valid by the attributes of its
/// options class. The framework ignores unknown names, and each failure names the setting as its source writes it.
/// </summary>
/// <param name="configuration">The configuration.</param>
/// <param name="roots">Type of each name at the root; null for one whose content is not checked.</param>
/// <param name="aliases">Names that others use, and the setting that is meant.</param>
/// <param name="environmentPrefix">What the configuration's environment variables begin with; empty for all of them.</param>
public sealed class SettingCheck(
    IConfigurationRoot configuration,
    IReadOnlyDictionary<string, Type?> roots,
    IReadOnlyDictionary<string, string>? aliases = null,
    string environmentPrefix = ""
)
{
    private readonly SettingOrigins _origins = new(configuration, environmentPrefix);
    private readonly List<string> _failures = [];

    /// <returns>A message for each failure; empty if the configuration is valid.</returns>
    public IReadOnlyList<string> Failures()
    {
        _failures.Clear();
        foreach (var source in _origins.Written)
            CheckRoots(source);
        foreach (var (name, type) in roots)
        {
            if (type is not null)
                Check(configuration.GetSection(name), type);
        }

        return [.. _failures.Distinct()];
    }

    // Of a shared source only what is nearly the name of a section of ours.
    private void CheckRoots(IConfigurationProvider source)
    {
        var known = roots.Where(root => root.Value is not null || !_origins.IsShared(source)).Select(root => root.Key).ToList();
        foreach (
            var name in source.GetChildKeys([], null).Distinct(StringComparer.OrdinalIgnoreCase).Where(name => !roots.ContainsKey(name))
        )
        {
            var children = source.GetChildKeys([], name).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
            if (children.Count > 0 && NearestName.To(name, known) is { } nearest)
            {
                foreach (var child in children)
                    Refuse(
                        $"{name}:{child}",
                        source,
                        $"there is no such setting. Did you mean {_origins.Write($"{nearest}:{child}", source)}?"
                    );
            }
            else if (!_origins.IsShared(source))
            {
                Refuse(name, source, Unknown("", name, known, source));
            }
        }
    }

    private void Check(IConfigurationSection section, Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (SettingForm.IsSingleValue(type))
            CheckValue(section, type);
        else if (HasStrayValue(section))
            Refuse(
                section.Path,
                $"it has names of its own below it. Write {Written(section.Path + (SettingForm.EntryOf(type) is null ? ":NAME" : ":0"))}."
            );
        else if (SettingForm.EntryOf(type) is { } entry)
            CheckList(section, entry);
        else if (SettingForm.ValueOf(type) is { } value)
            CheckAll(section.GetChildren(), value);
        else
            CheckSection(section, type);
    }

    private void CheckAll(IEnumerable<IConfigurationSection> children, Type type)
    {
        foreach (var child in children)
            Check(child, type);
    }

    private void CheckValue(IConfigurationSection setting, Type type)
    {
        if (setting.GetChildren().FirstOrDefault() is { } below)
            Refuse(below.Path, $"{setting.Path} is a single value. Write {Written(setting.Path)}.");
        else if (setting.Value is { } value && SettingForm.Expected(type, value) is { } expected)
            Refuse(setting.Path, $"'{value}' is not {expected}.");
    }

    private void CheckList(IConfigurationSection list, Type entry)
    {
        var entries = list.GetChildren().ToList();
        for (var i = 0; i < entries.Count; i++)
        {
            if (!entries.Exists(child => child.Key == $"{i}"))
            {
                var stray = entries.Find(child => !int.TryParse(child.Key, out _)) ?? entries[^1];
                Refuse(
                    stray.Path,
                    $"the entries of {list.Path} are numbered from 0 without a gap, and there is no {Written($"{list.Path}:{i}")}."
                );
                return;
            }
        }

        foreach (var child in entries)
        {
            if (string.IsNullOrEmpty(child.Value) && SettingForm.IsSingleValue(entry))
                Refuse(child.Path, "the entry is empty.");
            else
                Check(child, entry);
        }
    }

    private void CheckSection(IConfigurationSection section, Type options)
    {
        var before = _failures.Count;
        var settings = SettingsOf(options);
        foreach (var child in section.GetChildren())
        {
            if (settings.Find(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } setting)
                Check(child, setting.PropertyType);
            else
            {
                var origin = _origins.Of(child.Path);
                Refuse(child.Path, origin, Unknown(section.Path + ":", child.Key, settings.Select(property => property.Name), origin));
            }
        }

        if (_failures.Count == before && section.Get(options) is { } values)
            Validate(section, values);
    }

    private void Validate(IConfigurationSection section, object values)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(values, new ValidationContext(values), results, validateAllProperties: true);
        foreach (var result in results)
        {
            var setting = section.GetSection(result.MemberNames.FirstOrDefault() ?? "");
            var shown = setting.Value is { } value && !SettingForm.IsSecret(setting.Path) ? $" It is '{value}'." : "";
            Refuse(setting.Path, result.ErrorMessage + shown);
        }
    }

    // A name of the same section that is one change away is likelier than the right name of another section: --url means --urls.
    private string Unknown(string parent, string name, IEnumerable<string> known, IConfigurationProvider? origin)
    {
        var meant = aliases?.GetValueOrDefault(parent + name)
            ?? Below(parent, NearestName.Within(1, name, known))
            ?? Elsewhere(name)
            ?? Below(parent, NearestName.To(name, known));
        var advice =
            meant is not null ? $"Did you mean {_origins.Write(meant, origin)}?"
            : parent.Length > 0 ? $"The settings of {parent.TrimEnd(':')} are {string.Join(", ", known)}."
            : $"{CommandRunner.Help} names those that are most needed.";
        return $"there is no such setting. {advice}";
    }

    private static string? Below(string parent, string? name) => name is null ? null : parent + name;

    // The right name in the wrong section, or without one.
    private string? Elsewhere(string name) =>
        roots
            .Where(root => root.Value is not null && SettingForm.ValueOf(root.Value) is null)
            .SelectMany(root => SettingsOf(root.Value!).Select(property => (Section: root.Key, property.Name)))
            .Where(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(setting => $"{setting.Section}:{setting.Name}")
            .FirstOrDefault();

    private static List<PropertyInfo> SettingsOf(Type options) =>
        [.. options.GetProperties().Where(property => property.SetMethod is { IsPublic: true })];

    // An environment variable may have the name of a section and be meant for another process. JSON's [] arrives as an empty value.
    private bool HasStrayValue(IConfigurationSection section) =>
        _origins.OfValue(section.Path) is { } origin && !(_origins.IsShared(origin) && roots.ContainsKey(section.Path));

    private string Written(string path) =>
        _origins.Write(path, _origins.Of(path) ?? _origins.Of(ConfigurationPath.GetParentPath(path) ?? ""));

    private void Refuse(string path, string why) => Refuse(path, _origins.Of(path), why);

    private void Refuse(string path, IConfigurationProvider? origin, string why) => _failures.Add($"{_origins.Name(path, origin)}: {why}");
}
