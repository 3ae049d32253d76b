using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>
/// Behind the scenes of a running proxy: what is stored of an account, what X still honours, and a round of care on demand.
/// </summary>
internal static class Accounts
{
    /// <summary>A call that every session may make, X's window for it being wide.</summary>
    public const string AnyCall = "/2/users/by/username/alice";

    public static async Task<SessionRecord?> RecordAsync(this ProxyHost proxy, string user = "alice") =>
        (
            await SiloUnderTest.Store<SessionRecord>(proxy.Services).LoadAsync(proxy.Sandbox.Accounts.IdOf(user), CancellationToken.None)
        )?.Record;

    /// <summary>What the care timer does every <see cref="UserSessionOptions.MaintenanceInterval"/>.</summary>
    public static Task MaintainAsync(this ProxyHost proxy) => SiloUnderTest.MaintainAsync(proxy.Services);

    public static Task<HttpResponseMessage> RefreshAsync(this HttpClient session) => session.PostAsync("/v1/session/refresh", null);

    /// <summary>Nothing scripted, counted or used up, and X's own limits: for the next test on this sandbox.</summary>
    public static void StartAnew(this SandboxServer sandbox)
    {
        sandbox.Faults.Clear();
        sandbox.Limits.Restore();
        sandbox.Limits.SendHeaders = true;
        sandbox.Media.ProcessingDuration = sandbox.Options.MediaProcessingDuration;
        sandbox.Counters.Reset();
    }

    /// <summary>How many of the access tokens handed out so far X still honours as the user's.</summary>
    public static async Task<int> LiveAccessTokensAsync(this SandboxServer sandbox, string user = "alice")
    {
        using var x = new HttpClient { BaseAddress = sandbox.BaseAddress };
        var live = 0;
        foreach (var token in sandbox.Accounts.AllTokens.Where(token => token.StartsWith("sandbox-access", StringComparison.Ordinal)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/2/users/me");
            request.Headers.Add("Authorization", "Bearer " + token);
            using var response = await x.SendAsync(request);
            if (
                response.IsSuccessStatusCode
                && (await ProxyHost.ReadAsync(response)).GetProperty("data").GetProperty("username").GetString() == user
            )
                live++;
        }

        return live;
    }
}
