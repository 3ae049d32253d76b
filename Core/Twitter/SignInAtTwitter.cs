using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>X's part of a sign-in besides the token endpoint: the consent page, and the lookup of the account.</summary>
public sealed class SignInAtTwitter(
    TwitterClient client,
    EndpointCatalogue catalogue,
    IOptions<TwitterOptions> options,
    TimeProvider timeProvider
)
{
    /// <summary>The endpoint that returns the account of an access token.</summary>
    public const string WhoAmI = "GET /2/users/me";

    private const int Attempts = 3;
    private const string Asked = $"when asked who signed in ({WhoAmI})";
    private const string Again = "Start the sign-in again.";
    private const string Later = "Start the sign-in again later.";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(10); // a browser waits
    private static readonly HeaderField[] AcceptJson = [new("Accept", "application/json")];

    private readonly Endpoint _whoAmI = catalogue.ByKey(WhoAmI);

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

    /// <summary>Looks up the account of an access token at X. What passes is asked again, for a few seconds.</summary>
    /// <returns>The account; or why not: one of the Upstream reasons, RateLimited, UsageCapped, CreditsDepleted, ReconnectNeeded or
    /// ProxyMisconfigured.</returns>
    public async Task<Result<AccountName>> WhoAmIAsync(AccessToken accessToken, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        var backoff = new Backoff(FirstPause, LongestPause);
        for (var attempt = 1; ; attempt++)
        {
            var answer = await client.SendAsync(
                _whoAmI,
                _whoAmI.Template,
                AcceptJson,
                default,
                accessToken,
                client.Timeout,
                cancellationToken
            );
            if (answer is { Fault: UpstreamFault.None, Status: 200 } && Parse(answer.Body) is { } account)
                return account;
            var isLate = timeProvider.GetElapsedTime(started) > LongestSearch;
            if (attempt == Attempts || isLate || !FaultClassifier.MayRepeat(answer.Fault, answer.Status, isSafe: true))
            {
                var rejection =
                    answer.Fault is UpstreamFault.None
                        ? TwitterRefusal.Of(answer, Asked, client.Clock.AtX(timeProvider.GetUtcNow()))
                        : UpstreamRejection.Of(answer, isSafe: true)!;
                var detail = rejection.Detail.Replace(accessToken.Reveal(), "[access_token]", StringComparison.Ordinal);
                return rejection with { Detail = $"{detail} {(Passes(rejection) ? Later : Again)}" };
            }

            await Task.Delay(backoff.Next(), timeProvider, cancellationToken);
        }
    }

    /// <summary>Whether the grant may be as good as any: X itself has not refused it or its user.</summary>
    public static bool Passes(Rejection rejection) =>
        rejection.Reason is not (RejectionReason.ReconnectNeeded or RejectionReason.UpstreamRefused);

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
