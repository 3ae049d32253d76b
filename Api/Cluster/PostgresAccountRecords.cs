using System.Globalization;
using System.Text.Json;
using Npgsql;
using OrleansTwitterProxy.Core.Sessions;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// The accounts' records in PostgreSQL. A front end reads them itself: it has the cluster's database, a silo would only pass them on, and
/// an operator sees the accounts also while no silo answers. A row is Orleans' JSON around the record's.
/// </summary>
internal sealed class PostgresAccountRecords(ClusterDatabase database, string clusterId) : IAccountRecords
{
    private const string Rows =
        "SELECT id_n1, id_text, payload FROM grain_state WHERE service_id = @service AND grain_type = 'sessions' AND id_n0 = 0";

    public Task<IReadOnlyList<AccountRow>> ReadAsync(string? after, int count, CancellationToken cancellationToken)
    {
        var (number, text) = after is null ? (long.MinValue, "") : KeyOf(after);
        return RowsAsync(
            $"{Rows} AND (id_n1, id_text) > (@number, @text) ORDER BY id_n1, id_text LIMIT @count",
            cancellationToken,
            ("number", number),
            ("text", text),
            ("count", count)
        );
    }

    public async Task<AccountRow?> FindAsync(string accountId, CancellationToken cancellationToken)
    {
        var (number, text) = KeyOf(accountId);
        var rows = await RowsAsync(
            $"{Rows} AND id_n1 = @number AND id_text = @text",
            cancellationToken,
            ("number", number),
            ("text", text)
        );
        return rows is [var row] ? row : null;
    }

    /// <summary>
    /// Where Orleans puts an account's row: an id of up to 16 digits is taken for a hexadecimal number, a longer one for a text.
    /// </summary>
    /// <returns>The values of id_n1 and id_text.</returns>
    internal static (long Number, string Text) KeyOf(string accountId) =>
        long.TryParse(accountId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? (number, "")
            : (0, accountId);

    /// <summary>The opposite of <see cref="KeyOf"/>.</summary>
    internal static string AccountOf(long number, string text) =>
        text.Length > 0 ? text : number.ToString("X", CultureInfo.InvariantCulture);

    private Task<IReadOnlyList<AccountRow>> RowsAsync(
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] parameters
    ) =>
        database.QueryAsync<IReadOnlyList<AccountRow>>(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(sql, connection);
                command.Parameters.AddWithValue("service", clusterId);
                foreach (var (name, value) in parameters)
                    command.Parameters.AddWithValue(name, value);
                await using var reader = await command.ExecuteReaderAsync(token);
                List<AccountRow> rows = [];
                while (await reader.ReadAsync(token))
                    rows.Add(AccountRow.Of(AccountOf(reader.GetInt64(0), reader.GetString(1)), JsonIn(reader.GetFieldValue<byte[]>(2))));
                return rows;
            },
            cancellationToken
        );

    private static string? JsonIn(byte[] payload)
    {
        try
        {
            using var state = JsonDocument.Parse(payload);
            return
                state.RootElement.ValueKind is JsonValueKind.Object
                && state.RootElement.TryGetProperty("Json", out var json)
                && json.ValueKind is JsonValueKind.String
                ? json.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null; // the list shows the row as one that cannot be read
        }
    }
}
