using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// The key ring's storage, which refuses to be replaced. Data Protection makes a new key where it finds none, and with it every session and
/// every stored token would be lost in silence. Instead, a ring that was there and is gone, or is missing beside accounts, is a storage
/// that cannot be read: the keys in memory stay in use, and the ring is read again once it is back. Thread-safe.
/// </summary>
/// <param name="storage">Of the keys.</param>
internal sealed class GuardedKeyRing(IXmlRepository storage) : IXmlRepository
{
    private volatile bool _hasKeys;

    /// <exception cref="KeyRingLostException">The ring is gone.</exception>
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var elements = storage.GetAllElements();
        if (elements.Any(element => element.Name.LocalName == "key"))
            _hasKeys = true;
        else if (_hasKeys || (storage as IKeyRingStorage)?.HasAccounts() is true)
            throw new KeyRingLostException();
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName) => storage.StoreElement(element, friendlyName);
}

/// <summary>A key ring's storage that knows whether anything is encrypted with its keys.</summary>
internal interface IKeyRingStorage : IXmlRepository
{
    /// <summary>Whether there are accounts. Asked only while there is no key.</summary>
    bool HasAccounts();
}

/// <summary>The key ring is gone, and accounts' tokens are encrypted with its keys.</summary>
public sealed class KeyRingLostException()
    : IOException("The key ring is gone, and accounts' tokens are encrypted with its keys. No new one is made in its place; restore it.");
