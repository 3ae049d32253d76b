using System.Text.Json;

namespace OrleansTwitterProxy.Smoke;

/// <summary>One line for each step, as text or as JSON.</summary>
internal sealed class Report(TextWriter output, bool json)
{
    public Task PassedAsync(Step step, TimeSpan took, string detail) => WriteAsync(step.Name(), "passed", took, detail);

    public Task SkippedAsync(Step step, string detail) => WriteAsync(step.Name(), "skipped", TimeSpan.Zero, detail);

    public Task FailedAsync(Step step, TimeSpan took, string detail) => WriteAsync(step.Name(), "failed", took, detail);

    /// <summary>What a failed run leaves behind.</summary>
    public Task LeftAsync(string detail) => WriteAsync("clean-up", "failed", TimeSpan.Zero, detail);

    private Task WriteAsync(string step, string outcome, TimeSpan took, string detail) =>
        output.WriteLineAsync(
            json
                ? JsonSerializer.Serialize(
                    new
                    {
                        step,
                        outcome,
                        seconds = Math.Round(took.TotalSeconds, 3),
                        detail,
                    }
                )
                : FormattableString.Invariant($"{step, -9} {outcome, -7} {took.TotalSeconds, 7:F3} s  {detail.ReplaceLineEndings(" ")}")
        );
}
