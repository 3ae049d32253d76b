using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>Where X is, who we are there, and how long to wait for it. Section <c>Twitter</c>.</summary>
public sealed class TwitterOptions
{
    public const string Section = "Twitter";

    /// <summary>The OAuth 2.0 client id of the X app. Empty: the built-in sandbox stands in for X.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client secret of a confidential X app. Empty: a public client, which sends its id in the body.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>Scheme and host of the API. Default https://api.x.com, which also serves the token and revoke endpoints.</summary>
    [Required, Url]
    public string ApiBaseUrl { get; set; } = "https://api.x.com";

    /// <summary>Where users give their consent. Default https://x.com/i/oauth2/authorize.</summary>
    [Required, Url]
    public string AuthorizeUrl { get; set; } = "https://x.com/i/oauth2/authorize";

    /// <summary>How long X may take to answer an API call, body included.</summary>
    /// <value>Default 30 s; range 100 ms to 10 min. Shorter gives up on slow uploads, longer ties callers to a hanging X.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection to X may take to open. X has seen nothing when it lapses, so any call may be repeated.</summary>
    /// <value>Default 5 s; range 100 ms to 1 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the token endpoint may take over one refresh. A refresh that is given up may have spent the single-use token, so this is
    /// far above every other timeout; callers wait for it, or hang up without harm.
    /// </summary>
    /// <value>Default 5 min; range 1 s to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RefreshTimeout { get; set; } = TimeSpan.FromMinutes(5);
}
