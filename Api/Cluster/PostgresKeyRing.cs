using System.Xml.Linq;
using Npgsql;
using OrleansTwitterProxy.Api.Ops;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// The Data Protection key ring in PostgreSQL, shared by all processes of the cluster. The framework's database-backed key ring needs an
/// ORM; this one needs two statements. The interface is synchronous and is called at start and once a day.
/// </summary>
internal sealed class PostgresKeyRing(ClusterDatabase database) : IKeyRingStorage
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = database.Open();
        using var command = new NpgsqlCommand("SELECT xml FROM data_protection_key", connection);
        using var reader = command.ExecuteReader();
        List<XElement> keys = [];
        while (reader.Read())
            keys.Add(XElement.Parse(reader.GetString(0)));
        return keys;
    }

    public bool HasAccounts()
    {
        using var connection = database.Open();
        using var command = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM grain_state WHERE grain_type = 'sessions')", connection);
        return (bool)command.ExecuteScalar()!;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = database.Open();
        using var command = new NpgsqlCommand(
            "INSERT INTO data_protection_key (friendly_name, xml) VALUES ($1, $2) ON CONFLICT (friendly_name) DO UPDATE SET xml = excluded.xml",
            connection
        );
        command.Parameters.Add(new() { Value = friendlyName });
        command.Parameters.Add(new() { Value = element.ToString(SaveOptions.DisableFormatting) });
        command.ExecuteNonQuery();
    }
}
