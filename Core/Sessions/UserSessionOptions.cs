using System.ComponentModel.DataAnnotations;

namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>How accounts keep their tokens fresh and how long they stay in memory. Section <c>Sessions</c>.</summary>
public sealed class UserSessionOptions
{
    public const string Section = "Sessions";

    /// <summary>Margin before the access token's expiry at which it is refreshed.</summary>
    /// <value>Default 5 min; range 0 to 1 h. X's tokens live 2 h; each refresh risks the grant a little, so a wide margin is no
    /// gain.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RefreshBeforeExpiration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A 401 on a token younger than this does not trigger a refresh, and a client that asks for a refresh within this time after one gets
    /// the token of that one.
    /// </summary>
    /// <value>Default 30 s; range 0 to 1 h. Zero lets an X that refuses everything spend a refresh token per call.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MinimumRefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long another activation's unfinished refresh is respected before its outcome is tried out. Zero where one process
    /// is all there is; a cluster sets 10 s.
    /// </summary>
    /// <value>Default 0; range 0 to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan InterruptedRefreshLease { get; set; } = TimeSpan.Zero;

    /// <summary>A session that is unused for this long ends. Every call with its token is a use, a wait and a stream included.</summary>
    /// <value>Default 30 d; range 1 min to 3650 d. After a crash of the process a session may live up to
    /// <see cref="UseSaveInterval"/> longer.</value>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan IdleLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A session ends this long after the sign-in that opened it, however much it is used.</summary>
    /// <value>Default 180 d; range 1 min to 3650 d.</value>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan AbsoluteLifetime { get; set; } = TimeSpan.FromDays(180);

    /// <summary>An account unused this long leaves memory. Its sessions live on.</summary>
    /// <value>Default 10 min; range 1 s to 7 d.</value>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan IdleAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often accounts in memory are maintained: due refreshes, unconfirmed revocations, windows to save.</summary>
    /// <value>Default 20 s; range 100 ms to 5 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan MaintenanceInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How often an account's windows may be written for their own sake, once one of them is nearly used up. A crash loses at most so much
    /// of them.
    /// </summary>
    /// <value>Default 1 min; range 1 s to 1 d.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan WindowSaveInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How far ahead a session's last use is saved, so that a use is not a write: a 24th of <see cref="IdleLifetime"/>, 1 h at most.
    /// </summary>
    internal TimeSpan UseSaveInterval => Clamp(IdleLifetime / 24, MaintenanceInterval * 2, TimeSpan.FromHours(1));

    /// <summary>
    /// How often all accounts are looked through for expired sessions: a 24th of the shorter lifetime, 1 min to 1 h.
    /// </summary>
    public TimeSpan SweepInterval =>
        Clamp((IdleLifetime < AbsoluteLifetime ? IdleLifetime : AbsoluteLifetime) / 24, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

    private static TimeSpan Clamp(TimeSpan value, TimeSpan least, TimeSpan most) =>
        value < least ? least
        : value > most ? most
        : value;
}
