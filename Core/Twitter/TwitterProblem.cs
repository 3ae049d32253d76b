using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.RateLimits;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// What X says in an answer that is no plain success. The one reading of it, for sign-in, token endpoint, uploads, windows and look-ups:
/// problem JSON, legacy errors, OAuth errors, plain text, or a page of X's edge.
/// </summary>
/// <param name="Type">The last segment of the problem's type: X uses its types with two hosts. Null when there is none.</param>
/// <param name="Words">X's own words, one line of at most 200 characters; null when it says nothing.</param>
/// <param name="HasErrors">Whether it names errors, alone or beside data.</param>
public readonly partial record struct TwitterProblem(string? Type, string? Words, bool HasErrors = false)
{
    /// <summary>Whether it is JSON: X itself has spoken, and not a server in front of it.</summary>
    public bool IsOwn { get; private init; }

    /// <summary>Whether it is a page or a code of X's edge (Cloudflare): X has decided nothing.</summary>
    public bool IsOfEdge { get; private init; }

    /// <summary>X says that it failed, whatever the status.</summary>
    public bool IsFailure => Type is "internal-error";

    public const string UsageCapped = "usage-capped";

    public const string RateLimitExceeded = "rate-limit-exceeded";

    /// <summary>X's actual 429 responses have no type of their own.</summary>
    private const string Untyped = "about:blank";

    /// <summary>The error code for an exhausted window in X's legacy error format.</summary>
    private const int RateLimitCode = 88;

    private const int MaxWords = 200;

    /// <summary>Whether a 429 of this type is about the rate, even if its headers report remaining calls.</summary>
    public bool IsRateLimit => Type is RateLimitExceeded or Untyped;

    /// <summary>The words after a colon, or a full stop.</summary>
    public string AsClause => Words is null ? "." : $": {Words.TrimEnd('.')}.";

    /// <summary>The cap that the answer reports as used up, for longer than any window; null for other answers.</summary>
    public UsageCapKind? CapOf(int status) =>
        (status, Type) switch
        {
            (402, _) => UsageCapKind.CreditsDepleted,
            (429, UsageCapped) => UsageCapKind.UsageCapped,
            _ => null,
        };

    /// <param name="headers">X's headers: the body may be compressed.</param>
    /// <param name="body">As X sent it.</param>
    public static TwitterProblem Of(IReadOnlyList<HeaderField> headers, ReadOnlyMemory<byte> body)
    {
        var readable = ReadableBody.Of(headers, body);
        try
        {
            using var document = JsonDocument.Parse(readable);
            return OfJson(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return OfText(Encoding.UTF8.GetString(readable.Span).Trim());
        }
    }

    private static TwitterProblem OfJson(JsonElement root)
    {
        if (root.ValueKind is JsonValueKind.String)
            return new(null, OneLine(root.GetString()!));
        if (root.ValueKind is not JsonValueKind.Object)
            return default;
        var errors = root.TryGetProperty("errors", out var listed) ? listed : default;
        var first = errors.ValueKind switch
        {
            JsonValueKind.Array when errors.GetArrayLength() > 0 => errors[0],
            JsonValueKind.Object => errors,
            _ => default,
        };
        // The error's own message says more than the problem around it, which is the same for every invalid request.
        var words = (first.ValueKind is JsonValueKind.String ? first.GetString() : null)
            ?? Text(first, "message")
            ?? Text(first, "detail")
            ?? Text(root, "detail")
            ?? Text(root, "error_description")
            ?? Text(root, "message")
            ?? Text(first, "title")
            ?? Text(root, "title")
            ?? (root.TryGetProperty("error", out var error) && error.ValueKind is JsonValueKind.Object ? Text(error, "message") : null)
            ?? Text(root, "error");
        if (Text(root, "registration_url") is { } url)
            words = words is null ? url : $"{words} {url}";
        return new(TypeOf(root) ?? TypeOf(first), words is null ? null : OneLine(words), first.ValueKind is not JsonValueKind.Undefined)
        {
            IsOwn = true,
        };
    }

    // A page says no more than its title; text is what it is.
    private static TwitterProblem OfText(string text)
    {
        var isPage = text.StartsWith('<');
        var words = isPage ? WebUtility.HtmlDecode(TitleOf(text)) : text;
        return new(null, words.Contains('\uFFFD') || words is ['{' or '[', ..] ? null : OneLine(words))
        {
            IsOfEdge = isPage || text.StartsWith("error code:", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static string TitleOf(string page)
    {
        try
        {
            return Title().Match(page).Groups[1].Value;
        }
        catch (RegexMatchTimeoutException)
        {
            return "";
        }
    }

    private static string? OneLine(string words)
    {
        var line = Blanks().Replace(words, " ").Trim();
        if (line.Length == 0)
            return null;
        var end = line.Length <= MaxWords ? line.Length : MaxWords;
        return line[..(char.IsHighSurrogate(line[end - 1]) ? end - 1 : end)];
    }

    private static string? TypeOf(JsonElement problem)
    {
        if (problem.ValueKind is not JsonValueKind.Object)
            return null;
        if (Text(problem, "type") is { } type)
        {
            var uri = type.TrimEnd('/');
            return uri[(uri.LastIndexOf('/') + 1)..];
        }

        return
            problem.TryGetProperty("code", out var code)
            && code.ValueKind is JsonValueKind.Number
            && code.TryGetInt32(out var number)
            && number == RateLimitCode
            ? RateLimitExceeded
            : null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    [GeneratedRegex("<title[^>]*>(.*?)</title>", RegexOptions.IgnoreCase | RegexOptions.Singleline, matchTimeoutMilliseconds: 100)]
    private static partial Regex Title();

    [GeneratedRegex(@"[\s\p{C}]+")]
    private static partial Regex Blanks();
}
