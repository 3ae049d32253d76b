using System.ComponentModel.DataAnnotations;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The operators' keys. Section <c>Ops</c>.</summary>
public sealed class OpsOptions : IValidatableObject
{
    public const string Section = "Ops";

    /// <summary>The key for operators on loopback while no other is configured, and its name.</summary>
    public const string DevelopmentKey = "dev-admin";

    /// <summary>
    /// SHA-256 of each admin key, in hex, by its name, as <c>keys new-admin NAME</c> prints it. The audit says by name who has done
    /// something. A list binds too: its keys are then called 0, 1, ... Two keys under two names overlap while one replaces the other.
    /// </summary>
    public Dictionary<string, string> AdminKeys { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        AdminKeys
            .Select(key => (Name: $"{nameof(AdminKeys)}:{key.Key}", Fault: FaultOf(key.Key, key.Value)))
            .Where(key => key.Fault is not null)
            .Select(key => new ValidationResult(key.Fault, [key.Name]));

    // The value is not repeated: a plain key put here by mistake must not reach the log.
    private string? FaultOf(string name, string hash) =>
        !ClientValidation.IsId(name) ? "a key's name has 1 to 64 letters, digits, '-', '_' or '.'."
        : !ApiKey.IsHash(hash)
            ? "it is not the SHA-256 of a key in hex (64 characters). Put the hash there that 'keys new-admin NAME' prints, not the key."
        : AdminKeys.Any(other => other.Key != name && string.Equals(other.Value, hash, StringComparison.OrdinalIgnoreCase))
            ? "another name has the same key, and the audit could not say whose it is. Make one for each with 'keys new-admin NAME'."
        : null;
}
