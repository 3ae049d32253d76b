using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The key ring's storage of a cluster, in memory. Thread-safe.</summary>
internal sealed class SharedKeyRing : IXmlRepository
{
    private readonly Lock _lock = new();
    private readonly List<XElement> _elements = [];
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    public bool IsDown { get; set; }

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        Interlocked.Increment(ref _reads);
        if (IsDown)
            throw new IOException("The storage is down.");
        lock (_lock)
            return [.. _elements.Select(element => new XElement(element))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_lock)
            _elements.Add(new(element));
    }
}
