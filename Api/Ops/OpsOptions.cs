using System.ComponentModel.DataAnnotations;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The operators' keys. Section <c>Ops</c>.</summary>
public sealed class OpsOptions : IValidatableObject
{
    public const string Section = "Ops";

    /// <summary>The key for operators on loopback while no other is configured.</summary>
    public const string DevelopmentKey = "dev-admin";

    /// <summary>SHA-256 of each admin key, in hex, as <c>keys new</c> prints it.</summary>
    public List<string> AdminKeys { get; set; } = [];

    // The value is not repeated: a plain key put here by mistake must not reach the log.
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        AdminKeys
            .Select((hash, i) => (Hash: hash, Name: $"{nameof(AdminKeys)}:{i}"))
            .Where(key => !ApiKey.IsHash(key.Hash))
            .Select(key => new ValidationResult(
                "it is not the SHA-256 of a key in hex (64 characters). Put the hash there that 'keys new NAME' prints, not the key.",
                [key.Name]
            ));
}
