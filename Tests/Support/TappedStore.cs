using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Core.Storage;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The real store of a running proxy, with a place to look, wait or fail around every write.</summary>
internal sealed class TappedStore<TRecord>(IRecordStore<TRecord> inner) : IRecordStore<TRecord>
    where TRecord : class
{
    /// <summary>Runs before each write with its key and record, and may fail it; the record is null when it is a deletion.</summary>
    public Func<string, TRecord?, Task>? BeforeWrite { get; set; }

    /// <summary>Runs when the write has taken effect and before the proxy hears of it.</summary>
    public Func<string, TRecord?, Task>? AfterWrite { get; set; }

    public Task<Stored<TRecord>?> LoadAsync(string key, CancellationToken cancellationToken) => inner.LoadAsync(key, cancellationToken);

    public async Task<string?> TrySaveAsync(string key, TRecord record, string? expectedVersion, CancellationToken cancellationToken)
    {
        if (BeforeWrite is { } before)
            await before(key, record);
        var version = await inner.TrySaveAsync(key, record, expectedVersion, cancellationToken);
        if (version is not null && AfterWrite is { } after)
            await after(key, record);
        return version;
    }

    public async Task<bool> TryDeleteAsync(string key, string expectedVersion, CancellationToken cancellationToken)
    {
        if (BeforeWrite is { } before)
            await before(key, null);
        var gone = await inner.TryDeleteAsync(key, expectedVersion, cancellationToken);
        if (gone && AfterWrite is { } after)
            await after(key, null);
        return gone;
    }
}

internal static class TappedStores
{
    /// <summary>Taps the store of one kind of record. Use it as, or within, <see cref="ProxySetup.Customize"/>.</summary>
    public static void TapStore<TRecord>(this WebApplicationBuilder builder, Action<TappedStore<TRecord>>? prepare = null)
        where TRecord : class => SiloUnderTest.TapStore(builder, prepare);

    public static TappedStore<TRecord> Tapped<TRecord>(this ProxyHost proxy)
        where TRecord : class => proxy.Services.GetRequiredService<TappedStore<TRecord>>();

    /// <summary>Without the account's care, which would do of its own accord what a test wants to see its callers do.</summary>
    public static void WithoutMaintenance(this WebApplicationBuilder builder) => SiloUnderTest.WithoutMaintenance(builder);
}
