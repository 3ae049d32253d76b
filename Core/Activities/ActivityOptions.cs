using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Activities;

/// <summary>What is kept of calls. Section <c>Activity</c>.</summary>
public sealed class ActivityOptions
{
    public const string Section = "Activity";

    /// <summary>Whether calls are recorded.</summary>
    /// <value>Default true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>How long an entry is kept; up to a day longer in PostgreSQL, which drops whole days.</summary>
    /// <value>Default 30 days; range 1 h to 3650 days. SQLite needs about 170 bytes an entry.</value>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(30);
}

/// <summary>How long the audit is kept. Section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>How long an entry is kept; up to a month longer in PostgreSQL, which drops whole months.</summary>
    /// <value>Default 400 days; range 1 to 3650 days.</value>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(400);
}
