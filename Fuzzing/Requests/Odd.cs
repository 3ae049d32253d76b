using System.Globalization;
using System.Text;

namespace OrleansTwitterProxy.Fuzzing.Requests;

/// <summary>Values on which readers stumble.</summary>
internal static class Odd
{
    private static readonly string[] Values =
    [
        "",
        " ",
        "\t",
        "a",
        "0",
        "-0",
        "-1",
        "+1",
        "1.5",
        "0x10",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999",
        "1e999",
        "-1e-999",
        "NaN",
        "null",
        "true",
        "undefined",
        "[]",
        "{}",
        "{account}",
        "%",
        "%00",
        "%0d%0aX-Injected:1",
        "\r\nX-Injected: 1",
        "%2e%2e%2f",
        "%252e%252e",
        "%c0%ae",
        "%ff",
        "\0",
        "\u0001",
        "\u001b[31m",
        "\u007f",
        "\u0085",
        "\u2028",
        "\u202e",
        "\ufeff",
        "\uffff",
        "ä",
        "😀",
        "\ud83d",
        "\udc00a",
        "..",
        "../..",
        "..\\..",
        "/etc/passwd",
        "//",
        "a/b",
        "a b",
        "a,b",
        "a;b",
        "a=b",
        "a&b",
        "a#b",
        "a?b",
        "a:b",
        "a@b",
        "\"",
        "\"\\",
        "'",
        "`",
        "*",
        "<script>",
        "${7*7}",
        "' OR 1=1 --",
        "2026-13-45T99:99:99Z",
        "https://evil.example/",
        "javascript:alert(1)",
        "http://127.0.0.1:1/",
        "(((((((((((((((((((((((((a+)+)+)+)+)+)+)+)+)",
        "=?utf-8?B?YQ==?=",
    ];

    /// <summary>Any value: one of the list, a long one, a number, or random characters.</summary>
    public static string Text(Random random) =>
        random.Next(14) switch
        {
            0 => new string("a,=%\" "[random.Next(6)], random.Next(9_000)),
            1 => string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => (char)random.Next(0x10000))),
            2 => random.NextInt64().ToString(CultureInfo.InvariantCulture),
            3 => Values[random.Next(Values.Length)] + Values[random.Next(Values.Length)],
            _ => Values[random.Next(Values.Length)],
        };

    /// <summary>The text as bytes on the wire, one character for one byte.</summary>
    public static string Wire(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The same value with one character, or one run of characters, changed.</summary>
    public static string Mutated(string value, Random random)
    {
        var (at, kind, letter) = (random.NextDouble(), random.Next(5), (char)random.Next('!', '~'));
        if (value.Length == 0)
            return letter.ToString();
        var index = (int)(at * value.Length);
        return kind switch
        {
            0 => value[..index] + letter + value[(index + 1)..],
            1 => value[..index],
            2 => value[..index] + value[(index + 1)..],
            3 => value[..index] + letter + value[index..],
            _ => value + value,
        };
    }

    public static T OneOf<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;
}
