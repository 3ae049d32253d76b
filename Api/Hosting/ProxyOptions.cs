using System.ComponentModel.DataAnnotations;
using OrleansTwitterProxy.Core.Twitter;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>The proxy's public address and data folder. Section <c>Proxy</c>.</summary>
public sealed class ProxyOptions : IValidatableObject
{
    public const string Section = "Proxy";

    /// <summary>Two of the largest bodies.</summary>
    internal const long LeastBodyBytes = 32L << 20;

    /// <summary>
    /// Scheme, host and port under which browsers reach the proxy, for the callback registered at X. Default: the first listen address. Set
    /// it behind a load balancer.
    /// </summary>
    [HttpUrl(ErrorMessage = "write it as https://proxy.example.com, without a path.")]
    public string? PublicUrl { get; set; }

    /// <summary>
    /// Folder of the SQLite database and the keys; used without <c>Cluster:Database</c>. Default <c>data</c>, below the working folder.
    /// </summary>
    [Required]
    public string DataPath { get; set; } = "data";

    /// <summary>
    /// Names by which the proxy may be called, beside loopback's, <see cref="PublicUrl"/>'s and those of the listen addresses. Default
    /// none.
    /// <c>*.example.com</c> covers subdomains; <c>*</c> switches the check off.
    /// </summary>
    public List<string> AllowedHosts { get; set; } = [];

    /// <summary>Bytes of request bodies that this process may hold at a time; more are refused with <c>proxy_busy</c>.</summary>
    /// <value>Default a quarter of the memory, 32 to 256 MiB; range 32 MiB to 64 GiB.</value>
    [Range(LeastBodyBytes, 64L << 30)]
    public long? MaxBodyBytes { get; set; }

    /// <summary>
    /// Requests with an invalid key or token that an address (IPv6: a /64 network) may send in a minute; more get 429. Valid ones always
    /// pass.
    /// </summary>
    /// <value>Default 60, as many at once; range 1 to 100,000.</value>
    [Range(1, 100_000)]
    public int FailedCredentialsPerMinute { get; set; } = 60;

    /// <summary>Addresses or networks (CIDR) whose X-Forwarded-* headers are trusted. Default none.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        AllowedHosts
            .Select((host, i) => (Host: host, Name: $"{nameof(AllowedHosts)}:{i}"))
            .Where(entry => !IsHost(entry.Host))
            .Select(entry => new ValidationResult("write a host name without scheme and port, such as proxy.internal.", [entry.Name]));

    private static bool IsHost(string host) =>
        host == "*" || Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) is not UriHostNameType.Unknown;
}
