using System.Text.Json;

namespace OrleansTwitterProxy.Core.Storage;

/// <summary>The JSON form of records, the same in every store.</summary>
public static class RecordJson
{
    public static string Write<TRecord>(TRecord record)
        where TRecord : class => JsonSerializer.Serialize(record, JsonSerializerOptions.Web);

    /// <param name="json">As stored.</param>
    /// <param name="key">The record's key, for the message.</param>
    /// <exception cref="StoreUnavailableException">The value is damaged or has an unknown schema.</exception>
    public static TRecord Read<TRecord>(string json, string key)
        where TRecord : class
    {
        try
        {
            return JsonSerializer.Deserialize<TRecord>(json, JsonSerializerOptions.Web) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new StoreUnavailableException(
                $"The {typeof(TRecord).Name} of {key} cannot be read; restore it from a backup, or delete it.",
                e
            );
        }
    }
}
