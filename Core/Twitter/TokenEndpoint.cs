using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Telemetry;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>
/// X's OAuth 2.0 token and revoke endpoints (RFC 6749, 7009, 7636), including X's deviations. Never retries: the caller decides.
/// </summary>
public sealed class TokenEndpoint(
    HttpMessageInvoker http,
    IOptions<TwitterOptions> options,
    TimeProvider timeProvider,
    ProxyMetrics metrics,
    ILogger<TokenEndpoint> logger
)
{
    private const int MaxBodyBytes = 64 * 1024;

    // X's descriptions for a dead token or code. Any other invalid_request is about the proxy's request and must not end a grant.
    private static readonly string[] Rejections = ["token was invalid", "authorization code was invalid", "code verifier", "code_verifier"];

    // RFC 6749 section 5.2. Others are no words of the token endpoint.
    private static readonly string[] OAuthErrors =
    [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    ];

    /// <summary>X's label for a consumer key or secret that it does not know, in its legacy error format.</summary>
    private const string WrongConsumer = "authenticity_token_error";

    private readonly TwitterOptions _options = options.Value;
    private readonly TokenTrouble _trouble = new(timeProvider, logger);

    private readonly string _host = new Uri(options.Value.ApiBaseUrl).Host;

    private (string Id, string Secret) Credentials => (_options.ClientId, _options.ClientSecret);

    /// <summary>Exchanges an authorization code for tokens; X's codes are valid for 30 s.</summary>
    public Task<TokenResult> ExchangeAsync(string code, string codeVerifier, string redirectUri, CancellationToken cancellationToken) =>
        RequestTokenAsync(
            [
                new("grant_type", "authorization_code"),
                new("code", code),
                new("redirect_uri", redirectUri),
                new("code_verifier", codeVerifier),
            ],
            _options.RequestTimeout,
            cancellationToken
        );

    /// <summary>Uses a refresh token. From the call on, the token counts as spent until X says otherwise.</summary>
    public Task<TokenResult> RefreshAsync(RefreshToken refreshToken, CancellationToken cancellationToken) =>
        RequestTokenAsync(
            [new("grant_type", "refresh_token"), new("refresh_token", refreshToken.Reveal())],
            _options.RefreshTimeout,
            cancellationToken
        );

    /// <summary>
    /// Requests the app-only token with the consumer key and secret (RFC 6749 section 4.4), at the endpoint that X has kept for it. X
    /// returns the same token until somebody invalidates it.
    /// </summary>
    public Task<TokenResult> IssueAppTokenAsync(CancellationToken cancellationToken) =>
        RequestTokenAsync(
            "/oauth2/token",
            (_options.ConsumerKey, _options.ConsumerSecret),
            [new("grant_type", "client_credentials")],
            _options.RequestTimeout,
            cancellationToken
        );

    /// <summary>
    /// Revokes one token at X. True also when X does not know it any more; false when X could not be reached, so that a retry helps.
    /// </summary>
    /// <param name="token">The unencrypted token.</param>
    /// <param name="hint"><c>access_token</c> or <c>refresh_token</c>; X rejects the call without it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<bool> RevokeAsync(string token, string hint, CancellationToken cancellationToken)
    {
        var answer = await PostAsync(
            "/2/oauth2/revoke",
            Credentials,
            WithClientId([new("token", token), new("token_type_hint", hint)]),
            _options.RequestTimeout,
            cancellationToken
        );
        return answer.Fault is UpstreamFault.None
            && (answer.Status is >= 200 and < 300 || Classify(answer.Status, ErrorOf(answer.Body)) is TokenRefusal.GrantRejected);
    }

    /// <summary>
    /// Classifies an error response. X usually sends invalid_request where RFC 6749 has invalid_grant, so the description decides. An
    /// answer without an error of OAuth is of X's edge, and says nothing about the grant or our credentials.
    /// </summary>
    internal static TokenRefusal Classify(int status, TokenError error) =>
        (status, error.Error) switch
        {
            (>= 500 or 408, _) => TokenRefusal.OutcomeUnknown,
            (400 or 401, "invalid_grant") => TokenRefusal.GrantRejected,
            (400 or 401, "invalid_request")
                when Rejections.Any(words => error.Description.Contains(words, StringComparison.OrdinalIgnoreCase)) =>
                TokenRefusal.GrantRejected,
            (400 or 401, { } code) when OAuthErrors.Contains(code) => TokenRefusal.Misconfigured,
            (401 or 403, WrongConsumer) => TokenRefusal.Misconfigured,
            _ => TokenRefusal.NotProcessed,
        };

    private Task<TokenResult> RequestTokenAsync(
        List<KeyValuePair<string, string>> form,
        TimeSpan timeout,
        CancellationToken cancellationToken
    ) => RequestTokenAsync("/2/oauth2/token", Credentials, WithClientId(form), timeout, cancellationToken);

    private async Task<TokenResult> RequestTokenAsync(
        string path,
        (string Id, string Secret) credentials,
        List<KeyValuePair<string, string>> form,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        var started = timeProvider.GetTimestamp();
        var result = Read(await PostAsync(path, credentials, form, timeout, cancellationToken), form);
        var refused = result as TokenResult.Refused;
        metrics.TokenRequestEnded(form[0].Value, refused?.Refusal, timeProvider.GetElapsedTime(started));
        if (refused is { Refusal: not TokenRefusal.GrantRejected } && !cancellationToken.IsCancellationRequested)
            _trouble.Note(refused);
        return result;
    }

    private TokenResult Read(in UpstreamResult answer, List<KeyValuePair<string, string>> form)
    {
        switch (answer)
        {
            case { Fault: UpstreamFault.Connect }:
                return new TokenResult.Refused(TokenRefusal.NotProcessed, "X's token endpoint cannot be reached.");
            case { Fault: not UpstreamFault.None }:
                return new TokenResult.Refused(TokenRefusal.OutcomeUnknown, "X's token endpoint did not complete its response.");
            case { Status: >= 200 and < 300 }:
                return GrantOf(answer.Body) is { } grant
                    ? new TokenResult.Granted(grant)
                    : new TokenResult.Refused(TokenRefusal.OutcomeUnknown, "X's token endpoint returned no usable token.");
            default:
                var error = ErrorOf(answer.Body);
                var words = TwitterProblem.Of([], Redacted(answer.Body, form)).AsClause;
                var hint = TwitterRefusal.IsRedirect(answer.Status) ? " Is Twitter:ApiBaseUrl the address of X's API?" : "";
                return new TokenResult.Refused(
                    Classify(answer.Status, error),
                    $"X's token endpoint answered {answer.Status}{(error.Error is { } code && OAuthErrors.Contains(code) ? $" {code}" : "")}{words}{hint}",
                    RetryAfter.Of(answer.Headers, timeProvider.GetUtcNow())
                );
        }
    }

    // Also with Basic: X has been seen to require it.
    private List<KeyValuePair<string, string>> WithClientId(List<KeyValuePair<string, string>> form) =>
        [.. form, new("client_id", _options.ClientId)];

    private async Task<UpstreamResult> PostAsync(
        string path,
        (string Id, string Secret) credentials,
        List<KeyValuePair<string, string>> form,
        TimeSpan timeLimit,
        CancellationToken cancellationToken
    )
    {
        using var span = ProxyTraces.StartUpstream("POST", path, _host);
        var result = await PostWithinAsync(path, credentials, form, timeLimit, cancellationToken);
        span?.End(result.Fault, result.Status);
        return result;
    }

    private async Task<UpstreamResult> PostWithinAsync(
        string path,
        (string Id, string Secret) credentials,
        List<KeyValuePair<string, string>> form,
        TimeSpan timeLimit,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(timeLimit, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(_options.ApiBaseUrl), path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new FormUrlEncodedContent(form),
        };
        if (credentials.Secret.Length > 0)
        {
            // RFC 6749 section 2.3.1: id and secret are form-encoded before Base64.
            var pair = $"{Uri.EscapeDataString(credentials.Id)}:{Uri.EscapeDataString(credentials.Secret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }

        try
        {
            using var response = await http.SendAsync(request, linked.Token);
            var (body, whole) = await BoundedBody.ReadAsync(response.Content, MaxBodyBytes, linked.Token);
            var encoding = string.Join(", ", response.Content.Headers.ContentEncoding);
            HeaderField[] headers = response.Headers.NonValidated.TryGetValues("Retry-After", out var after)
                ? [new("Retry-After", after.ToString())]
                : [];
            return new(
                whole ? UpstreamFault.None : UpstreamFault.TooLarge,
                (int)response.StatusCode,
                headers,
                ReadableBody.Of([new("Content-Encoding", encoding)], body)
            );
        }
        catch (OperationCanceledException)
        {
            return UpstreamResult.Failed(
                timeout.IsCancellationRequested ? UpstreamFault.Timeout
                : cancellationToken.IsCancellationRequested ? UpstreamFault.Cancelled
                : UpstreamFault.Connect
            );
        }
        catch (HttpRequestException e)
        {
            return UpstreamResult.Failed(TwitterClient.FaultOf(e));
        }
        catch (IOException)
        {
            return UpstreamResult.Failed(UpstreamFault.Broken);
        }
    }

    // X's words go to logs and callers, so secrets that X may echo are removed, before the words are cut to their length.
    private byte[] Redacted(ReadOnlyMemory<byte> body, List<KeyValuePair<string, string>> form)
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(body.Span));
        foreach (
            var (name, value) in form.Append(new("client_secret", _options.ClientSecret))
                .Append(new("consumer_secret", _options.ConsumerSecret))
        )
        {
            if (name is "code" or "code_verifier" or "refresh_token" or "client_secret" or "consumer_secret" && value.Length > 0)
                text.Replace(value, $"[{name}]").Replace(Uri.EscapeDataString(value), $"[{name}]");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static TokenGrant? GrantOf(ReadOnlyMemory<byte> body)
    {
        var answer = TokenResponse.Parse(body);
        // RFC 6749 appendix A.12: only visible characters, because the token becomes part of a header.
        if (answer?.AccessToken is not { Length: > 0 } access || access.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return null;
        return new(
            new(access),
            answer.RefreshToken is { Length: > 0 } refresh ? new RefreshToken(refresh) : null,
            TimeSpan.FromSeconds(answer.ExpiresIn is > 0 and <= 31_536_000 and var seconds ? seconds : 7200),
            answer.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? []
        );
    }

    private static TokenError ErrorOf(ReadOnlyMemory<byte> body) =>
        TokenResponse.Parse(body) is { Error: { } error } answer ? new(error, answer.ErrorDescription ?? "") : default;
}

/// <summary>An error response of the token endpoint (RFC 6749 section 5.2).</summary>
/// <param name="Error">Null when the answer has none: then it is not the token endpoint's.</param>
/// <param name="Description">X's, or empty.</param>
internal readonly record struct TokenError(string? Error, string Description);
