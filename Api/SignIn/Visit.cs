using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.SignIn;

/// <summary>Who opens the callback: the user's browser, or a machine that only looks ahead.</summary>
internal static partial class Visit
{
    private const int MaxWords = 200;

    /// <summary>Whether this is a prefetch, a prerendering or a link preview. A sign-in is spent by its user alone.</summary>
    public static bool IsMachines(HttpRequest request) =>
        Has(request, "Sec-Purpose", "prefetch")
        || Has(request, "Purpose", "prefetch")
        || Has(request, "Purpose", "preview")
        || Has(request, "X-Purpose", "preview")
        || Has(request, "X-Moz", "prefetch")
        || Preview().IsMatch(request.Headers.UserAgent.ToString());

    /// <summary>Browsers throw such an answer away, and ask again when the user really goes there.</summary>
    public static Rejection NotOpened() =>
        new(RejectionReason.VisitNeeded, "This address is opened by the user's browser alone, once. Nothing has happened.");

    /// <summary>Stands for the visitor's address and browser.</summary>
    public static string VisitorOf(HttpContext context) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Connection.RemoteIpAddress}|{context.Request.Headers.UserAgent}"))
        );

    /// <summary>Words from the query in a form that can be shown: one line, not too long.</summary>
    public static string? Words(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var line = new string([.. text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))]);
        return line.Length > MaxWords ? line[..MaxWords] : line;
    }

    private static bool Has(HttpRequest request, string header, string word) =>
        request.Headers[header].ToString().Contains(word, StringComparison.OrdinalIgnoreCase);

    // "CUBOT" is a phone.
    [GeneratedRegex(
        @"(?<!cu)bot\b|crawler|spider|preview|facebookexternalhit|^whatsapp/|^iframely|^embedly",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Preview();
}
