using System.Collections.Frozen;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Logging;

namespace OrleansTwitterProxy.Core.Sealing;

/// <summary>
/// The ids of the keys in the key ring's storage. For two minutes after a start Data Protection reads its storage again for every payload
/// of a key that it does not know, and anybody can make one up. Here such a key leads to one look at the storage in
/// <see cref="LookInterval"/>: enough for a key that another process of the cluster has just made. Thread-safe.
/// </summary>
public sealed partial class SealingKeys(IKeyManager keys, TimeProvider timeProvider, ILogger<SealingKeys> logger)
{
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _looking = new();
    private volatile FrozenSet<Guid> _known = [];
    private long? _lookedAt;

    /// <summary>
    /// Whether there is such a key, as of the last look. As long as no look has succeeded it is for the key ring to say, which may have
    /// read the storage before.
    /// </summary>
    public bool Has(Guid keyId)
    {
        if (_known.Contains(keyId))
            return true;
        lock (_looking)
        {
            // As long as the storage does not answer it is not asked more often either.
            if (_lookedAt is not { } at || timeProvider.GetElapsedTime(at) >= LookInterval)
                Look();
            return _known.Count == 0 || _known.Contains(keyId);
        }
    }

    /// <summary>A key that this process has just made: what is sealed with it opens at once.</summary>
    public void Learn(Guid keyId)
    {
        lock (_looking)
        {
            if (_known.Count > 0)
                _known = _known.Append(keyId).ToFrozenSet();
        }
    }

    private void Look()
    {
        _lookedAt = timeProvider.GetTimestamp();
        try
        {
            _known = keys.GetAllKeys().Select(key => key.KeyId).ToFrozenSet();
        }
        catch (Exception e)
        {
            LogUnreadable(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The key ring's storage cannot be read; the keys read before stay in use: {Cause}")]
    private partial void LogUnreadable(string cause);
}
