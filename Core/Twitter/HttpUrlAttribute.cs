using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>For settings that are a plain http or https URL: without user, query and fragment. Null is valid.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpUrlAttribute : ValidationAttribute
{
    /// <summary>Whether the URL may have a path. Default false: scheme, host and port only.</summary>
    public bool AllowPath { get; init; }

    public override bool IsValid(object? value) =>
        value is null
        || (
            Uri.TryCreate(value as string, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.Host.Length > 0
            && (url.UserInfo + url.Query + url.Fragment).Length == 0
            && (AllowPath || url.AbsolutePath == "/")
        );
}
