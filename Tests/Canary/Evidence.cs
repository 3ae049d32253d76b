using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace OrleansTwitterProxy.Tests.Canary;

/// <summary>Everything that left the proxy or stayed on its disk, to be searched for secrets.</summary>
internal sealed class Evidence
{
    private readonly ConcurrentQueue<(string Where, byte[] Bytes)> _pieces = [];

    /// <summary>The places there is anything from; each begins with its kind and a space.</summary>
    public IReadOnlySet<string> Places => _pieces.Select(piece => piece.Where).ToHashSet();

    public void Add(string where, byte[] bytes) => _pieces.Enqueue((where, bytes));

    public void Add(string where, string text) => Add(where, Encoding.UTF8.GetBytes(text));

    /// <summary>Every file below a folder, as it is now, open ones included.</summary>
    public void AddFolder(string path)
    {
        foreach (var file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == "proxy.lock")
                continue; // held, and empty
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            Add($"disk {Path.GetFileName(file)}", bytes.ToArray());
        }
    }

    /// <summary>Where any of the secrets stands: as it is, in UTF-16, in Base64, escaped for a URL or for JSON.</summary>
    public IReadOnlyList<string> Find(IEnumerable<Secret> secrets)
    {
        var forms = secrets
            .SelectMany(secret => Forms(secret.Value).Distinct(ByteComparer.Instance).Select(form => (secret.Name, Form: form)))
            .ToList();
        return
        [
            .. _pieces
                .AsParallel()
                .SelectMany(piece =>
                    forms.Where(form => piece.Bytes.AsSpan().IndexOf(form.Form) >= 0).Select(form => $"{form.Name} in {piece.Where}")
                )
                .Order(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<byte[]> Forms(string secret)
    {
        yield return Encoding.UTF8.GetBytes(secret);
        yield return Encoding.Unicode.GetBytes(secret);
        yield return Encoding.UTF8.GetBytes(Uri.EscapeDataString(secret));
        yield return Encoding.UTF8.GetBytes(JsonSerializer.Serialize(secret).Trim('"'));
        // Inside longer text Base64 begins at any of three places; the middle looks the same from each.
        for (var shift = 0; shift < 3; shift++)
        {
            var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('-', shift) + secret));
            yield return Encoding.UTF8.GetBytes(encoded[4..^4]);
        }
    }

    private sealed class ByteComparer : IEqualityComparer<byte[]>
    {
        public static ByteComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj.Length;
    }
}

/// <summary>A value that must not get out.</summary>
/// <param name="Name">What it is, for the report.</param>
/// <param name="Value">The value.</param>
internal sealed record Secret(string Name, string Value)
{
    public override string ToString() => Name;
}
