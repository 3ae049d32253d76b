using System.ComponentModel.DataAnnotations;
using System.Net;
using Npgsql;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>This process's role in the cluster. Section <c>Cluster</c>.</summary>
public sealed class ClusterOptions : IValidatableObject
{
    public const string Section = "Cluster";

    /// <summary>PostgreSQL connection string. Empty: one process on this machine, its state in SQLite.</summary>
    public string Database { get; set; } = "";

    /// <summary>Name of the cluster within the database; processes with the same name form a cluster. Default <c>otp</c>.</summary>
    [Required]
    public string ClusterId { get; set; } = "otp";

    /// <summary>Whether a silo also serves clients. Default true; false: grains, health checks and the dashboard only.</summary>
    public bool FrontEnd { get; set; } = true;

    /// <summary>Address under which other processes reach this silo. Default: the first address of this host.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>
    /// Address on which this silo listens for the others: whoever reaches it can call every grain. Default: the advertised address, and no
    /// other. Set it where the advertised one is not this host's own (NAT).
    /// </summary>
    public string? ListenAddress { get; set; }

    /// <summary>Mutual TLS between the processes of the cluster. All of them use it, or none.</summary>
    public ClusterTlsOptions Tls { get; set; } = new();

    /// <summary>
    /// Whether a silo that other machines reach may start without <see cref="Tls"/>. Default false. Then whoever reaches its ports reads
    /// its messages and calls every grain: only for a network that nobody else is on.
    /// </summary>
    public bool AllowUnencrypted { get; set; }

    /// <summary>
    /// Whether this silo is a pod that watches the pods of its cluster: a silo whose pod is deleted is out at once, and silos have their
    /// pods' names. Default false. It needs a service account that may get, list, watch and patch pods.
    /// </summary>
    public bool Kubernetes { get; set; }

    /// <summary>Port for other silos.</summary>
    /// <value>Default 11111; range 1 to 65535.</value>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port for front ends.</summary>
    /// <value>Default 30000; range 1 to 65535.</value>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// How often silos probe each other. A silo whose process died is out after 4 missed probes, one that is silent on an open connection
    /// after 10 intervals; two silos must say so, if as many have been heard of within 7 intervals.
    /// </summary>
    /// <value>Default 1 s; range 200 ms to 1 min. A short interval detects a death sooner, but a long pause can look like one.</value>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:01:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a front end repeats a call that is safe to repeat after the loss of the node that served it.</summary>
    /// <value>Default 20 s; range 0 to 5 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan RepeatFor { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Time between reporting not ready to the load balancer and closing the listener, when stopping. Every response of that time asks its
    /// client to use another connection.
    /// </summary>
    /// <value>Default 5 s for a front end of a cluster, else 0; range 0 to 5 min. Longer than a load balancer takes to notice.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan? DrainDelay { get; set; }

    /// <summary>
    /// Whether this silo serves the dashboard, which shows all silos, at <c>/dashboard</c>. Default true; false saves half a second at
    /// start.
    /// </summary>
    public bool Dashboard { get; set; } = true;

    /// <summary>
    /// Whether a start applies missing migrations. Default false, except in the Development environment; <c>Silo migrate</c> applies them.
    /// </summary>
    public bool? MigrateAtStart { get; set; }

    /// <summary>How long a start waits for the database to answer.</summary>
    /// <value>Default 30 s; range 0 to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DatabaseWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The cluster's id and database, without the password.</summary>
    public string Home =>
        new NpgsqlConnectionStringBuilder(Database) is var at
            ? $"cluster '{ClusterId}', state in PostgreSQL at {at.Host}:{at.Port}/{at.Database}"
            : "";

    public bool HasDatabase => Database.Length > 0;

    /// <summary><see cref="DrainDelay"/>, or its default.</summary>
    internal TimeSpan DrainTime => DrainDelay ?? (HasDatabase && FrontEnd ? TimeSpan.FromSeconds(5) : TimeSpan.Zero);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        new (string Name, string? Address)[] { (nameof(AdvertisedAddress), AdvertisedAddress), (nameof(ListenAddress), ListenAddress) }
            .Where(setting => setting.Address is not null && !IPAddress.TryParse(setting.Address, out _))
            .Select(setting => new ValidationResult("write an IP address, such as 10.0.0.7.", [setting.Name]));
}

/// <summary>The files for TLS between processes, all PEM. Section <c>Cluster:Tls</c>. All three, or none.</summary>
public sealed class ClusterTlsOptions
{
    /// <summary>This process's certificate, for server and client. Read again once a minute.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>The certificate's private key, not encrypted.</summary>
    public string Key { get; set; } = "";

    /// <summary>The authorities whose certificates are accepted; a self-signed certificate that all processes share is its own.</summary>
    public string Authority { get; set; } = "";
}
