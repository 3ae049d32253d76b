using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Checks that a section has only known settings with values in their ranges, and reports failures under the operator's own names. Without
/// it a mistyped setting would be ignored silently.
/// </summary>
internal sealed class SettingValidation<TOptions>(string section, IConfiguration configuration) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        List<string> failures = [.. results.Select(result => $"{section}:{string.Join(',', result.MemberNames)}: {result.ErrorMessage}")];
        failures.AddRange(UnknownSettings.In(configuration.GetSection(section), typeof(TOptions)));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
