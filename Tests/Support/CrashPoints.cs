using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>Names the writes of a sign-in and of an account's life, so that a process can be stopped before or after each.</summary>
internal static class CrashPoints
{
    public const string Before = "before-";

    /// <summary>The write has taken effect, and the proxy does not know it yet.</summary>
    public const string After = "after-";

    public const string PairSaved = "pair-saved";

    public static string NameOf(SignInRecord? record) =>
        record is null ? "sign-in-forgotten" : $"sign-in-{record.Stage}".ToLowerInvariant();

    public static string NameOf(SessionRecord? record) =>
        record switch
        {
            null => "account-forgotten",
            { Grant: null } => "signed-out",
            { Intent: not null } => "refresh-intent",
            { Grant.ObtainedAt: var obtained, Sessions: var sessions } when sessions.Any(session => session.CreatedAt >= obtained) =>
                "session-opened",
            _ => PairSaved,
        };
}
