using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>What this process is in the cluster. Section <c>Cluster</c>.</summary>
public sealed class ClusterOptions
{
    public const string Section = "Cluster";

    /// <summary>PostgreSQL connection string. Empty: one process on this machine, its state in SQLite.</summary>
    public string Database { get; set; } = "";

    /// <summary>Names the cluster within the database; processes with the same one find each other. Default <c>otp</c>.</summary>
    [Required]
    public string ClusterId { get; set; } = "otp";

    /// <summary>Whether a silo also serves clients. Default true; false: grains, health checks and the dashboard only.</summary>
    public bool FrontEnd { get; set; } = true;

    /// <summary>Address under which other processes reach this silo. Default: the first address of this host.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>Port for other silos.</summary>
    /// <value>Default 11111; range 1 to 65535.</value>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port for front ends.</summary>
    /// <value>Default 30000; range 1 to 65535.</value>
    [Range(1, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>How often silos probe each other. Two probes missed, by two silos where there are as many, and a silo is dead.</summary>
    /// <value>Default 1 s; range 200 ms to 1 min. Short finds a death sooner, and takes a long pause for one.</value>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:01:00")]
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a front end repeats a call that is safe to repeat while the node that served it is lost.</summary>
    /// <value>Default 20 s; range 0 to 5 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan RepeatFor { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Time between telling the load balancer (not ready) and ceasing to listen, when stopping.</summary>
    /// <value>Default 0; range 0 to 5 min. Behind a load balancer: a little more than its health check takes to notice.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.Zero;

    /// <summary>
    /// Whether this silo serves the dashboard, which shows all silos, at <c>/dashboard</c>. Default true; without it a start takes half a
    /// second of work less.
    /// </summary>
    public bool Dashboard { get; set; } = true;

    /// <summary>
    /// Whether a start applies missing migrations itself. Default false: <c>Silo migrate</c> does; true in the Development environment.
    /// </summary>
    public bool? MigrateAtStart { get; set; }

    /// <summary>How long a start waits for the database to answer.</summary>
    /// <value>Default 30 s; range 0 to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DatabaseWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where the state of a cluster is kept, without the password.</summary>
    public string Home =>
        new NpgsqlConnectionStringBuilder(Database) is var at
            ? $"cluster '{ClusterId}', state in PostgreSQL at {at.Host}:{at.Port}/{at.Database}"
            : "";

    public bool HasDatabase => Database.Length > 0;
}
