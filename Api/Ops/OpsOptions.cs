namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The operators' keys. Section <c>Ops</c>.</summary>
public sealed class OpsOptions
{
    public const string Section = "Ops";

    /// <summary>The key for operators on loopback while no other is configured.</summary>
    public const string DevelopmentKey = "dev-admin";

    /// <summary>SHA-256 of each admin key, in hex, as <c>keys new</c> prints it.</summary>
    public List<string> AdminKeys { get; set; } = [];
}
