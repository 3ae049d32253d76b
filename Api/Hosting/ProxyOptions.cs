using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Where the proxy is found and keeps its data. Section <c>Proxy</c>.</summary>
public sealed class ProxyOptions
{
    public const string Section = "Proxy";

    /// <summary>
    /// Scheme, host and port under which browsers reach the proxy, for the callback registered at X. Default: the first address it listens
    /// on. Set it behind a load balancer.
    /// </summary>
    [RegularExpression("https?://[^/?#]+/?", ErrorMessage = "write it as https://proxy.example.com, without a path.")]
    public string? PublicUrl { get; set; }

    /// <summary>
    /// Folder of the SQLite database and the keys, where no <c>Cluster:Database</c> is set. Default <c>data</c>, below the working folder.
    /// </summary>
    [Required]
    public string DataPath { get; set; } = "data";

    /// <summary>Addresses or networks (CIDR) whose X-Forwarded-* headers are believed. Default none.</summary>
    public List<string> TrustedProxies { get; set; } = [];
}
