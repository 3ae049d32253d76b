using System.Net.Http.Json;
using OrleansTwitterProxy.Fuzzing.Requests;

namespace OrleansTwitterProxy.Fuzzing;

/// <summary>X is a stranger too: scripts the sandbox to answer what X should not.</summary>
internal static class FailingX
{
    private static readonly string[] Variants =
    [
        "unauthorized",
        "credits_depleted",
        "forbidden",
        "policy",
        "missing_scope",
        "invalid_request",
        "not_found_partial",
        "not_found",
        "rate_limited",
        "rate_limited_legacy",
        "usage_capped",
        "too_many_connections",
        "server_error_json",
        "unavailable_json",
        "html",
        "empty",
        "token_invalid",
        "unauthorized_client",
        "invalid_client",
        "invalid_grant",
    ];

    private static readonly string[] Bodies =
    [
        "",
        "{",
        "null",
        "[]",
        "\"\"",
        "0",
        "{\"data\":null}",
        "{\"data\":[]}",
        "{\"data\":{\"id\":1}}",
        "{\"data\":{\"id\":\"\\ud800\",\"id\":\"2\"}}",
        "{\"data\":{\"id\":\"1\",\"processing_info\":{\"state\":\"odd\",\"check_after_secs\":-1}}}",
        "{\"data\":{\"id\":\"1\",\"processing_info\":{\"state\":\"pending\",\"check_after_secs\":1e99}}}",
        "{\"errors\":{}}",
        "{\"errors\":[null,1,{\"message\":null}]}",
        "{\"title\":1,\"type\":[],\"detail\":{}}",
        "{\"access_token\":1}",
        "{\"access_token\":\"a\\nb\",\"refresh_token\":\"c\",\"expires_in\":-1,\"scope\":null}",
        "{\"access_token\":\"ä\",\"refresh_token\":\"\",\"expires_in\":1e99,\"token_type\":\"mac\"}",
        "{\"error\":[],\"error_description\":{}}",
        "<html><script>alert(1)</script>",
        "\ufeff{}",
    ];

    private static readonly (string Name, string?[] Values)[] Headers =
    [
        ("Content-Type", [null, "text/html", "a", "application/json; charset=foo", "application/json; charset=utf-16"]),
        ("Content-Encoding", ["gzip", "br", "foo"]),
        ("Content-Length", ["0", "5", "99999"]),
        ("Retry-After", ["banana", "-1", "99999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT"]),
        ("Set-Cookie", ["a=b"]),
        ("Location", ["https://evil.example/", "/2/users/me"]),
        ("Cache-Control", ["public, max-age=99999"]),
        ("Transfer-Encoding", ["gzip"]),
        ("x-rate-limit-limit", ["a", "-1", "0", "99999999999999999999"]),
        ("x-rate-limit-remaining", ["a", "-1", "99999999999999999999"]),
        ("x-rate-limit-reset", ["a", "-1", "0", "99999999999999999999", "9223372036854775807"]),
        ("Date", [null, "a", "Wed, 21 Oct 2015 07:28:00 GMT"]),
        ("Server-Timing", ["a"]),
        ("X-Odd", ["a\tb"]),
    ];

    private static readonly string[] Endpoints =
    [
        "*",
        "*",
        "token",
        "revoke",
        "POST /2/tweets",
        "GET /2/users/*",
        "GET /2/users/me",
        "POST /2/media/*",
        "GET /2/media/*",
        "POST /2/users/*",
    ];

    /// <summary>The faults of a round; none in every second.</summary>
    public static IReadOnlyList<object> Of(Random random)
    {
        if (random.Chance(0.5))
            return [];
        return [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Make(random))];
    }

    public static async Task ScriptAsync(HttpClient http, Uri x, IReadOnlyList<object> faults)
    {
        (await http.DeleteAsync(new Uri(x, "/_sandbox/faults"))).EnsureSuccessStatusCode().Dispose();
        foreach (var fault in faults)
            (await http.PostAsJsonAsync(new Uri(x, "/_sandbox/faults"), fault)).EnsureSuccessStatusCode().Dispose();
    }

    private static Dictionary<string, object?> Make(Random random)
    {
        Dictionary<string, object?> fault = new(StringComparer.Ordinal)
        {
            ["endpoint"] = random.OneOf(Endpoints),
            ["ratio"] = 0.1 + (random.NextDouble() * 0.7),
            ["seed"] = random.Next(),
        };
        switch (random.Next(6))
        {
            case 0:
                fault["variant"] = random.OneOf(Variants);
                break;
            case 1:
                fault[random.OneOf(["cut_off", "lost_response"])] = true;
                break;
            case 2:
                fault["delay_ms"] = random.Next(1_500);
                break;
            default:
                fault["body"] = random.Chance(0.05) ? new string(' ', 17 * 1024 * 1024) : random.OneOf(Bodies);
                fault["status"] = random.OneOf([
                    200,
                    200,
                    200,
                    201,
                    202,
                    204,
                    206,
                    301,
                    302,
                    304,
                    400,
                    401,
                    403,
                    404,
                    409,
                    418,
                    429,
                    451,
                    500,
                    503,
                    599,
                    600,
                    999,
                ]);
                break;
        }

        if (random.Chance(0.5))
        {
            fault["headers"] = Enumerable
                .Range(0, random.Next(1, 3))
                .Select(_ => random.OneOf(Headers))
                .DistinctBy(header => header.Name)
                .ToDictionary(header => header.Name, header => random.OneOf(header.Values), StringComparer.Ordinal);
        }

        return fault;
    }
}
