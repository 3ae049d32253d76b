namespace OrleansTwitterProxy.Grains.Storage;

/// <summary>The storage providers that a silo configures.</summary>
public static class GrainStorageNames
{
    public const string Sessions = "sessions";
    public const string SignIns = "sign-ins";
    public const string Circuit = "circuit";
    public const string KeyedWrites = "keyed-writes";
    public const string Uploads = "uploads";

    public static IReadOnlyList<string> All { get; } = [Sessions, SignIns, Circuit, KeyedWrites, Uploads];
}
