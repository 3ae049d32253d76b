using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>X's addresses, the X app's credentials, and timeouts. Section <c>Twitter</c>.</summary>
public sealed class TwitterOptions
{
    public const string Section = "Twitter";

    /// <summary>The OAuth 2.0 client id of the X app. Empty: the built-in sandbox stands in for X.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client secret of a confidential X app. Empty: a public client, which sends its id in the body.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The app-only bearer token. Empty: X is asked for it with the consumer key and secret, if they are set.</summary>
    public string BearerToken { get; set; } = "";

    /// <summary>
    /// The app's consumer key ("API key" in X's developer portal), for which X issues an app-only token (client credentials). Not used
    /// when <see cref="BearerToken"/> is set.
    /// </summary>
    public string ConsumerKey { get; set; } = "";

    /// <summary>The app's consumer secret ("API key secret").</summary>
    public string ConsumerSecret { get; set; } = "";

    /// <summary>Scheme and host of the API. Default https://api.x.com, which also serves the token and revoke endpoints.</summary>
    [Required, HttpUrl(ErrorMessage = "write it as https://api.x.com, without a path.")]
    public string ApiBaseUrl { get; set; } = "https://api.x.com";

    /// <summary>X's consent page. Default https://x.com/i/oauth2/authorize.</summary>
    [Required, HttpUrl(AllowPath = true, ErrorMessage = "write it as https://x.com/i/oauth2/authorize.")]
    public string AuthorizeUrl { get; set; } = "https://x.com/i/oauth2/authorize";

    /// <summary>
    /// Whether calls to X have the trace they belong to in a <c>traceparent</c> header (W3C Trace Context). Default false: X has no use
    /// for it, and it tells X which calls belong together.
    /// </summary>
    public bool PropagateTraceContext { get; set; }

    /// <summary>Maximum time of an API call at X, including the body.</summary>
    /// <value>Default 30 s; range 100 ms to 10 min. A short value fails slow uploads; a long one lets callers wait for a hanging X.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Maximum time to open a connection to X. After this timeout X has received nothing, so any call may be repeated.</summary>
    /// <value>Default 5 s; range 100 ms to 1 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maximum time of one refresh at the token endpoint. A cancelled refresh may have spent the single-use token, so this is far above all
    /// other timeouts. Callers wait for it, or disconnect without harm.
    /// </summary>
    /// <value>Default 5 min; range 1 s to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RefreshTimeout { get; set; } = TimeSpan.FromMinutes(5);
}
