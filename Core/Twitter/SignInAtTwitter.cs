using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>X's part of a sign-in besides the token endpoint: the consent page, and the lookup of the account.</summary>
public sealed class SignInAtTwitter(TwitterClient client, IOptions<TwitterOptions> options, TimeProvider timeProvider)
{
    /// <summary>The endpoint that returns the account of an access token.</summary>
    public const string WhoAmI = "GET /2/users/me";

    /// <summary>The consent page (RFC 6749 section 4.1.1, RFC 7636 section 4.3). X requires spaces in scope as %20.</summary>
    public string AuthorizationUrl(SignInRequest request, string state, string codeChallenge)
    {
        (string Name, string Value)[] query =
        [
            ("response_type", "code"),
            ("client_id", options.Value.ClientId),
            ("redirect_uri", request.RedirectUri),
            ("scope", string.Join(' ', request.Scopes)),
            ("state", state),
            ("code_challenge", codeChallenge),
            ("code_challenge_method", "S256"),
        ];
        return $"{options.Value.AuthorizeUrl}?{string.Join('&', query.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"))}";
    }

    /// <summary>Looks up the account of an access token at X.</summary>
    public async Task<(AccountName? Account, Rejection? Rejection)> WhoAmIAsync(
        AccessToken accessToken,
        CancellationToken cancellationToken
    )
    {
        var result = await client.SendAsync("GET", "/2/users/me", [], default, accessToken, client.Timeout, cancellationToken);
        if (result is { Fault: UpstreamFault.None, Status: 200 } && Parse(result.Body) is { } account)
            return (account, null);
        if (result is { Fault: UpstreamFault.None, Status: 429 })
            return (null, UsedUp(result));
        return (
            null,
            new(
                RejectionReason.UpstreamBroken,
                result.Fault is UpstreamFault.None
                    ? $"X answered {result.Status} when asked who signed in. Start the sign-in again."
                    : "X did not answer when asked who signed in. Start the sign-in again.",
                TimeSpan.FromSeconds(5)
            )
        );
    }

    // X counts the calls of every app and client for the account, and a sign-in's is one of them.
    private Rejection UsedUp(in UpstreamResult result)
    {
        var now = timeProvider.GetUtcNow();
        var atX = client.Clock.AtX(now);
        var windows = RateLimitHeaders.Parse(result.Headers);
        var reset = (windows.AccountDay is { Remaining: 0 } day ? day : windows.FifteenMinutes)?.ResetAt - atX;
        return new(
            RejectionReason.RateLimited,
            $"X's limit for {WhoAmI} is used up for this account, so X did not say who signed in. Start the sign-in again after the time in Retry-After.",
            RetryAfter.Of(result.Headers, atX) ?? (reset > TimeSpan.Zero && reset <= TimeSpan.FromDays(1) ? reset : TimeSpan.FromMinutes(1))
        );
    }

    private static AccountName? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var data = document.RootElement.GetProperty("data");
            var (id, username) = (data.GetProperty("id").GetString(), data.GetProperty("username").GetString());
            return id is { Length: > 0 } && id.All(char.IsAsciiDigit) && username is not null ? new(id, username) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
