using System.Collections.Frozen;
using System.Globalization;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>Reads query parameters and collects errors. Read all parameters, then check <see cref="Refusal"/>.</summary>
internal sealed class QueryParameters(IQueryCollection query)
{
    private static readonly string[] TimeFormats = ["yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:ss.fffZ"];

    private readonly ErrorList _errors = new();

    public ApiReply? Refusal => _errors.Refusal;

    public string? Text(string name) => query.TryGetValue(name, out var values) ? values.ToString() : null;

    public string Required(string name)
    {
        var value = Text(name);
        if (string.IsNullOrEmpty(value))
            Fail(name, value ?? "", $"The `{name}` query parameter can not be empty");
        return value ?? "";
    }

    public int Int(string name, int min, int max, int fallback)
    {
        if (Text(name) is not { } text)
            return fallback;
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        if (isNumber && value >= min && value <= max)
            return value;
        Fail(name, text, $"The `{name}` query parameter value [{text}] is not between {min} and {max}");
        return fallback;
    }

    public long? Id(string name) => Text(name) is { } text ? Id(name, text) : null;

    /// <summary>An id from the path, which X's error messages call a query parameter too.</summary>
    public long Id(string name, string text)
    {
        if (SnowflakeIds.TryParse(text, out var id))
            return id;
        Fail(name, text, $"The `{name}` query parameter value [{text}] is not valid");
        return 0;
    }

    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        var style = DateTimeStyles.AssumeUniversal;
        if (DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, style, out var time))
            return time;
        Fail(name, text, $"The `{name}` query parameter value [{text}] is not a valid RFC3339 date");
        return null;
    }

    /// <summary>1 to 100 values, comma separated.</summary>
    public string[] Many(string name)
    {
        var values = Required(name).Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (values.Length > 100)
            Fail(name, Text(name)!, $"The number of values in the `{name}` query parameter list is not between 1 and 100");
        return values;
    }

    /// <summary>Names from a known set, comma separated; empty when the parameter is missing.</summary>
    public IReadOnlySet<string> Names(string name, IReadOnlySet<string> known)
    {
        if (Text(name) is not { } text)
            return FrozenSet<string>.Empty;
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet();
        foreach (var unknown in names.Where(candidate => !known.Contains(candidate)))
            Fail(name, unknown, $"The `{name}` query parameter value [{unknown}] is not one of [{string.Join(",", known)}]");
        return names;
    }

    public void Fail(string name, string value, string message) => _errors.Add(name, value, message);
}
