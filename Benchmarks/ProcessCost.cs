using System.Globalization;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>CPU time and resident memory (in bytes) of processes and their children, from <c>/proc</c>.</summary>
internal readonly record struct ProcessCost(TimeSpan Cpu, long Memory)
{
    private const int TicksPerSecond = 100; // USER_HZ of Linux

    // Fields of proc(5), /proc/[pid]/stat, counted from the state, which follows the name.
    private const int Parent = 1;
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int ResidentPages = 21;

    public static ProcessCost Of(IEnumerable<int> processes)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Read).OfType<Row>().ToArray();
        var rows = all.ToDictionary(row => row.Id);
        var children = all.ToLookup(row => row.Parent);
        return processes.Select(OfOne).Aggregate(default(ProcessCost), Add);

        ProcessCost OfOne(int id) =>
            children[id].Select(child => OfOne(child.Id)).Aggregate(rows.TryGetValue(id, out var row) ? row.Cost : default, Add);
    }

    private static ProcessCost Add(ProcessCost one, ProcessCost other) => new(one.Cpu + other.Cpu, one.Memory + other.Memory);

    // Null for what is no process, or has just ended.
    private static Row? Read(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var cpu = TimeSpan.FromSeconds((double)(Field(UserTime) + Field(SystemTime)) / TicksPerSecond);
            return new(id, (int)Field(Parent), new(cpu, Field(ResidentPages) * Environment.SystemPageSize));

            long Field(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private sealed record Row(int Id, int Parent, ProcessCost Cost);
}
