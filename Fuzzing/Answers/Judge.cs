using System.Text.Json;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Fuzzing.Requests;

namespace OrleansTwitterProxy.Fuzzing.Answers;

/// <summary>Whether what came of a request is something the proxy may answer.</summary>
internal sealed partial class Judge(IReadOnlyList<string> secrets)
{
    // The server's own, before any of our code: what is not HTTP, or too much of it.
    private static readonly int[] ServerRefusals = [400, 405, 408, 411, 413, 414, 417, 431, 501, 505];

    private static readonly Dictionary<string, int> Statuses = Enum.GetValues<RejectionReason>()
        .ToDictionary(Problems.Slug, reason => ProblemTable.Of(reason).Status, StringComparer.Ordinal);

    // What X causes, and only X.
    private static readonly string[] CausedByX =
    [
        "proxy_misconfigured",
        "upstream_unreachable",
        "upstream_timeout",
        "upstream_broken",
        "upstream_too_large",
        "upstream_failed",
        "outcome_unknown",
        "outcome_in_doubt",
        "token_endpoint_unavailable",
        "circuit_open",
    ];

    /// <summary>What is wrong with an exchange; null when nothing is.</summary>
    /// <param name="request">What was sent.</param>
    /// <param name="exchange">What came of it.</param>
    /// <param name="xFails">Whether X is scripted to fail.</param>
    public Fault? FaultOf(MadeRequest request, Exchange exchange, bool xFails)
    {
        foreach (var answer in exchange.Answers)
        {
            if (FaultOf(request, answer, xFails) is { } fault)
                return fault;
        }

        var late = request is { IsWhole: true, MayWait: false };
        return exchange.End switch
        {
            ExchangeEnd.Unreadable => new("the answer is not HTTP", 0, ""),
            ExchangeEnd.Late when late => new("no answer in time", 0, ""),
            ExchangeEnd.LateMidway when late => new("the answer does not end in time", 0, ""),
            ExchangeEnd.Closed when request.IsWhole && exchange.Answers.Count == 0 => new("closed without an answer", 0, ""),
            _ => null,
        };
    }

    /// <summary>Whether a text has a secret of another in it, or any of X's tokens.</summary>
    public string? SecretIn(string text) =>
        secrets.FirstOrDefault(secret => text.Contains(secret, StringComparison.Ordinal)) is { } found ? $"a secret ({found[..8]}...)"
        : XToken().IsMatch(text) ? "a token of X"
        : null;

    private Fault? FaultOf(MadeRequest request, Answer answer, bool xFails)
    {
        if (SecretIn(answer.Text + string.Join('\n', answer.Headers.Values)) is { } secret)
            return new($"{secret} is in the answer", answer.Status, "");
        if (answer.Headers.ContainsKey("x-injected"))
            return new("a header was injected", answer.Status, "");
        if (answer.Status < 400)
            return answer.IsWhole || request.MayWait || !request.IsWhole ? null : new("the answer breaks off", answer.Status, "");
        if (answer.Header("content-type") != Problems.ContentType)
            return FaultOfOther(request, answer, xFails);
        if (request.Method is "HEAD" && answer.Body.Length == 0)
            return answer.Status == 500 && !xFails ? new("a 500", 500, "") : null;
        return FaultOfProblem(answer, xFails);
    }

    private static Fault? FaultOfOther(MadeRequest request, Answer answer, bool xFails)
    {
        var byServer = answer.Body.Length == 0 && answer.Header("connection") == "close";
        if (byServer && !request.IsPlain && ServerRefusals.Contains(answer.Status))
            return null;
        if (!request.Route.Forwards)
            return new("not in the one error format", answer.Status, "");
        return answer.Status >= 500 && !xFails ? new("X's 5xx, with nothing scripted", answer.Status, "") : null;
    }

    private static Fault? FaultOfProblem(Answer answer, bool xFails)
    {
        try
        {
            using var problem = JsonDocument.Parse(answer.Body);
            var root = problem.RootElement;
            var reason = root.GetProperty("reason").GetString()!;
            if (!root.GetProperty("type").GetString()!.StartsWith(Problems.TypePrefix, StringComparison.Ordinal))
                return null; // X's own problem
            return !Statuses.TryGetValue(reason, out var status) ? new("a reason that is not documented", answer.Status, reason)
                : status != answer.Status || root.GetProperty("status").GetInt32() != status
                    ? new("the wrong status for its reason", answer.Status, reason)
                : root.GetProperty("type").GetString() != Problems.TypePrefix + reason
                    ? new("the wrong type for its reason", answer.Status, reason)
                : reason is "internal_error" ? new("a 500", answer.Status, reason)
                : answer.Status >= 500 && !(CausedByX.Contains(reason) && (xFails || reason is "circuit_open"))
                    ? new("a 5xx that X did not cause", answer.Status, reason)
                : root.GetProperty("title").GetString() is not { Length: > 0 }
                || root.GetProperty("detail").GetString() is not { Length: > 0 }
                    ? new("no words for people", answer.Status, reason)
                : answer.Status == 401 && answer.Header("www-authenticate").Length == 0 ? new("no WWW-Authenticate", answer.Status, reason)
                : answer.Status == 405 && answer.Header("allow").Length == 0 ? new("no Allow", answer.Status, reason)
                : root.TryGetProperty("retry_after", out var after) && answer.Header("retry-after") != after.ToString()
                    ? new("two values of Retry-After", answer.Status, reason)
                : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new($"a problem that cannot be read: {e.Message}", answer.Status, "");
        }
    }

    [GeneratedRegex("sandbox-(access|refresh)-[0-9a-f]{64}")]
    private static partial Regex XToken();
}

/// <summary>What is wrong with an answer.</summary>
/// <param name="What">In words.</param>
/// <param name="Status">The answer's status; 0 for none.</param>
/// <param name="Reason">The problem's reason, if it has one.</param>
internal sealed record Fault(string What, int Status, string Reason);
