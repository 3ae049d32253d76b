using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The membership table of a cluster whose silos share this process, and whose table outlives every one of them.</summary>
internal sealed class SharedMembership : IMembershipTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SiloAddress, (MembershipEntry Entry, string ETag)> _rows = [];
    private TableVersion _version = new(0, "0");
    private long _etags;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    public Task DeleteMembershipTableEntries(string clusterId) => Task.CompletedTask;

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Task.CompletedTask;

    public Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        lock (_lock)
            return Task.FromResult(
                _rows.TryGetValue(key, out var row) ? new(Tuple.Create(row.Entry, row.ETag), _version) : new MembershipTableData(_version)
            );
    }

    public Task<MembershipTableData> ReadAll()
    {
        lock (_lock)
            return Task.FromResult(new MembershipTableData([.. _rows.Values.Select(row => Tuple.Create(row.Entry, row.ETag))], _version));
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion)
    {
        lock (_lock)
            return Task.FromResult(!_rows.ContainsKey(entry.SiloAddress) && TryWrite(entry, tableVersion));
    }

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
    {
        lock (_lock)
            return Task.FromResult(_rows.TryGetValue(entry.SiloAddress, out var row) && row.ETag == etag && TryWrite(entry, tableVersion));
    }

    public Task UpdateIAmAlive(MembershipEntry entry)
    {
        lock (_lock)
        {
            if (_rows.TryGetValue(entry.SiloAddress, out var row))
                row.Entry.IAmAliveTime = entry.IAmAliveTime;
        }

        return Task.CompletedTask;
    }

    private bool TryWrite(MembershipEntry entry, TableVersion next)
    {
        if (next.VersionEtag != _version.VersionEtag)
            return false;
        _rows[entry.SiloAddress] = (entry, NewETag());
        _version = new(next.Version, NewETag());
        return true;
    }

    private string NewETag() => (++_etags).ToString(CultureInfo.InvariantCulture);
}
