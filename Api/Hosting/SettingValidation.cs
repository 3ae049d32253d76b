using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>Holds a section to the ranges its options state, and names the setting that does not keep them as the operator wrote it.</summary>
internal sealed class SettingValidation<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        List<ValidationResult> results = [];
        if (Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true)) return ValidateOptionsResult.Success;
        return ValidateOptionsResult.Fail(results.Select(result => $"{section}:{string.Join(',', result.MemberNames)}: {result.ErrorMessage}"));
    }
}
