using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.SignIn;

/// <summary>How long the parts of a sign-in are valid. Section <c>SignIn</c>.</summary>
public sealed class SignInOptions
{
    public const string Section = "SignIn";

    /// <summary>How long a user may take to consent.</summary>
    /// <value>Default 10 min; range 10 s to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan PendingLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a hand-over code may be exchanged.</summary>
    /// <value>Default 60 s; range 5 s to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00")]
    public TimeSpan HandoffLifetime { get; set; } = TimeSpan.FromSeconds(60);
}
