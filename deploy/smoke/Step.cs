namespace OrleansTwitterProxy.Smoke;

/// <summary>The steps in order. The number of the one that failed is the exit code.</summary>
internal enum Step
{
    /// <summary>The proxy answers, and is ready.</summary>
    Reach = 2,

    /// <summary>A user of the sandbox signs in; or the session that was given is live.</summary>
    SignIn = 3,

    /// <summary>A post with an <c>Idempotency-Key</c>, sent twice: X has it once.</summary>
    Post = 4,

    /// <summary>The post is in the account's timeline.</summary>
    Timeline = 5,

    /// <summary>A picture in two chunks (tus), and a post with it.</summary>
    Media = 6,

    /// <summary>Both posts are deleted.</summary>
    Delete = 7,

    /// <summary>The session ends, X confirms the revocation, and the token opens nothing any more.</summary>
    SignOut = 8,
}

/// <summary>How steps are written.</summary>
internal static class Steps
{
    public static string Name(this Step step) =>
        step switch
        {
            Step.SignIn => "sign-in",
            Step.SignOut => "sign-out",
            _ => step.ToString().ToLowerInvariant(),
        };
}

/// <summary>A step did not get the answer that it needs. The message has no secret in it.</summary>
internal sealed class StepFailedException(string message) : Exception(message);
