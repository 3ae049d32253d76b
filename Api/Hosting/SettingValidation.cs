using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Api.Hosting;

/// <summary>
/// Holds a section to the settings there are and the ranges they state, and names what is wrong as the operator wrote it: a setting that is
/// mistyped would else be one that silently does nothing.
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
