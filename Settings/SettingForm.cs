using System.ComponentModel;
using System.Globalization;

namespace OrleansTwitterProxy.Settings;

/// <summary>The forms of settings: a single value, a list, or a section of names.</summary>
internal static class SettingForm
{
    private static readonly string[] SecretEndings = ["Secret", "Key", "Keys", "Password", "Token", "Database"];

    public static bool IsSingleValue(Type type) =>
        type == typeof(string) || type.IsPrimitive || type.IsEnum || type == typeof(TimeSpan) || type == typeof(Uri);

    /// <returns>The type of the entries; null if the setting is no list.</returns>
    public static Type? EntryOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : ArgumentsOf(type, typeof(IEnumerable<>)) is [var entry] && ValueOf(type) is null ? entry
        : null;

    /// <returns>The type of the values; null if the setting is no section whose names are free.</returns>
    public static Type? ValueOf(Type type) => ArgumentsOf(type, typeof(IDictionary<,>)) is [_, var value] ? value : null;

    /// <summary>Whether a name, or one above it, suggests that its value must not be shown.</summary>
    public static bool IsSecret(string path) =>
        path.Split(':').Any(name => SecretEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));

    /// <returns>The expected form if the value does not have it; null if it has.</returns>
    public static string? Expected(Type type, string value)
    {
        if (type == typeof(string))
            return null;
        if (type == typeof(TimeSpan))
            return IsDuration(value) ? null : "a duration: write hh:mm:ss, such as 00:00:30, or d.hh:mm:ss";
        if (type == typeof(bool))
            return bool.TryParse(value, out _) ? null : "true or false";
        if (type.IsEnum)
            return Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase)
                ? null
                : $"one of {string.Join(", ", Enum.GetNames(type))}";
        try
        {
            TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or NotSupportedException)
        {
            return type == typeof(double) ? "a number such as 0.5" : "a number without a unit";
        }
    }

    // Not all that the framework reads: there, 5 means days, and so does 24:00:00.
    private static bool IsDuration(string value) =>
        value == "0"
        || (value.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out _));

    private static Type[] ArgumentsOf(Type type, Type definition) =>
        type.GetInterfaces()
            .Append(type)
            .FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == definition)
            ?.GetGenericArguments()
        ?? [];
}
