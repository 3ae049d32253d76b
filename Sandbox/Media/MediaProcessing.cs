using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's processing of a video: pending for a tenth of its time, then in progress, then succeeded or failed.</summary>
internal sealed record MediaProcessing(DateTimeOffset StartedAt, TimeSpan Duration, bool Fails)
{
    private const double PendingShare = 0.1;
    private static readonly TimeSpan LongestCheck = TimeSpan.FromSeconds(5);

    public string StateAt(DateTimeOffset now) =>
        ShareAt(now) switch
        {
            < PendingShare => "pending",
            < 1 => "in_progress",
            _ => Fails ? "failed" : "succeeded",
        };

    public JsonObject RenderAt(DateTimeOffset now)
    {
        var state = StateAt(now);
        var json = new JsonObject { ["state"] = state };
        if (state is "pending" or "in_progress")
        {
            var left = StartedAt + Duration - now;
            json["check_after_secs"] = (int)Math.Ceiling(Math.Max(1, Math.Min(left.TotalSeconds, LongestCheck.TotalSeconds)));
        }
        if (state != "pending")
            json["progress_percent"] = (int)Math.Min(100, ShareAt(now) * 100);
        if (state == "failed")
            json["error"] = new JsonObject
            {
                ["code"] = 1,
                ["name"] = "InvalidMedia",
                ["message"] = "Unsupported video format",
            };
        return json;
    }

    private double ShareAt(DateTimeOffset now) => Duration == TimeSpan.Zero ? 1 : (now - StartedAt) / Duration;
}
