using System.Globalization;
using OrleansTwitterProxy.Sandbox;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A row of docs/reference/faults.md.</summary>
internal sealed class FaultRow
{
    private readonly string[] _cells;

    private FaultRow(string[] cells) => _cells = cells;

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        .. File.ReadLines(Path.Combine(CheckedIn.Root, "docs", "reference", "faults.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| fault", StringComparison.Ordinal))
            .Select(line => new FaultRow([.. line.Split('|', StringSplitOptions.TrimEntries)[1..^1]])),
    ];

    public string Name => $"{Fault.Trim('`')} at {At}";

    public string Fault => _cells[0];

    /// <summary><c>read</c>, <c>write</c> or <c>refresh</c>.</summary>
    public string At => _cells[1];

    public FaultVariant? Variant => Fault.StartsWith('`') ? Enum.Parse<FaultVariant>(Fault.Trim('`')) : null;

    public int Status => int.Parse(_cells[4].Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>The problem's reason; null for X's own answer.</summary>
    public string? Reason => _cells[4].Contains('`', StringComparison.Ordinal) ? _cells[4].Split('`')[1] : null;

    public bool Retryable => _cells[5] == "yes";

    public bool CountsAgainstX => _cells[6] == "yes";

    public int Cost => int.Parse(_cells[7], CultureInfo.InvariantCulture);

    /// <summary>How often the row's fault has struck so far.</summary>
    internal int Hits { get; set; }

    /// <summary>What the sandbox has to do; null when it has to be gone.</summary>
    internal Fault? Script(string endpoint) =>
        Fault switch
        {
            "no answer" or "slow answer" => new() { Endpoint = endpoint, Stall = true },
            "answer lost" => new() { Endpoint = endpoint, LostResponse = true },
            "answer cut off" => new() { Endpoint = endpoint, CutOff = true },
            "no connection" => null,
            _ => new() { Endpoint = endpoint, Variant = Variant },
        };
}
