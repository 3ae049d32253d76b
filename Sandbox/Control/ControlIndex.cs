namespace OrleansTwitterProxy.Sandbox;

/// <summary>The response to GET /_sandbox: a description of the control API.</summary>
internal static class ControlIndex
{
    public static object Of(SandboxWorld world) =>
        new
        {
            About = "A stand-in for the X API v2. Everything lives in memory. Bodies sent to /_sandbox are JSON, content type included.",
            world.Options.ClientId,
            world.Options.BearerToken,
            PublicClient = world.Options.IsPublicClient,
            Accounts = UserStore.Residents,
            Authorize = "GET /i/oauth2/authorize?... append &sandbox_user=NAME to sign in at once, &sandbox_deny=1 to refuse",
            Endpoints = world.Endpoints.Select(endpoint => endpoint.Key),
            Control = Routes,
            FaultVariants = Enum.GetValues<FaultVariant>(),
        };

    private static readonly Dictionary<string, string> Routes = new()
    {
        ["GET /_sandbox/faults"] = "faults in force, with their hits",
        ["POST /_sandbox/faults"] =
            "add one: {endpoint, account, variant | status | body, headers (null drops one), delay_ms, stall, "
            + "stall_after_effect, cut_off, lost_response, times, ratio, seed, skip}; endpoint is *, token, app_token, revoke, authorize, stream, "
            + "\"POST /2/tweets\" or a pattern such as \"GET /2/users/*\"",
        ["DELETE /_sandbox/faults"] = "remove all, or one with /{id}",
        ["POST /_sandbox/faults/release"] = "let stalled requests go on",
        ["GET /_sandbox/counters"] =
            "what X saw, each stream's connections, and what it would cost in dollars; ?recent=N for the latest requests",
        ["DELETE /_sandbox/counters"] = "reset the counters",
        ["POST /_sandbox/limits"] =
            "{endpoint, per_user, per_user_day, per_user_second, per_app, per_app_day, per_app_second} replaces limits; {endpoint, exhaust: NAME} "
            + "uses up a window; {enforced, send_headers, legacy_error_body} are switches",
        ["POST /_sandbox/limits/reset"] = "fresh windows",
        ["DELETE /_sandbox/limits"] = "published limits and fresh windows",
        ["GET /_sandbox/accounts/{name}"] = "the account's id",
        ["POST /_sandbox/accounts/{name}/revoke"] = "the user removes the app",
        ["POST /_sandbox/accounts/{name}/expire-tokens"] = "access tokens expire now",
        ["POST /_sandbox/accounts/{name}/tokens"] = "a token pair without the browser: {scopes}, all when left out",
        ["POST /_sandbox/accounts/{name}/blocks/{other}"] = "the user blocks another; DELETE ends it",
        ["GET /_sandbox/media/{id}"] = "size and SHA-256 as assembled, segments sent twice; all without an id",
        ["DELETE /_sandbox/media/{id}"] = "X forgets the upload",
        ["POST /_sandbox/media"] = "{fail_next, processing_ms}",
        ["POST /_sandbox/stream/disconnect"] = "end the filtered stream with operational-disconnect",
        ["GET /_sandbox/streams"] =
            "all streams; one with /{name}, and ?events=N of its latest events with the connections they were sent to",
        ["POST /_sandbox/streams/{name}/events"] = "{count, body}: publish events; the answer has their first and last sandbox_sequence",
        ["POST /_sandbox/streams/{name}/disconnect"] =
            "{how: operational | reset | silence, after_events, ratio, seed, times}; without after_events and ratio at once. "
            + "Names are X's, such as filtered_stream, or * for all",
        ["DELETE /_sandbox/streams/{name}/disconnect"] = "remove the script",
    };
}
