using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// Ready while the key ring's storage has the key that encrypts now. Data Protection keeps its keys in memory for a day, so the storage is
/// read here: a ring that is gone is told of while the process could still serve, and before a restart that could not.
/// </summary>
internal sealed class KeyRingHealth(IDataProtectionProvider provider, IOptions<KeyManagementOptions> options) : IHealthCheck
{
    private const int MagicBytes = sizeof(uint);
    private const int IdBytes = 16;

    private const string Advice =
        "Restore the key ring from the backup, or give this process the right to read it; no token is lost meanwhile, and no new ring is made";

    private readonly IDataProtector _protector = provider.CreateProtector("OrleansTwitterProxy.Health");

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await Task.Yield(); // the storage's interface is synchronous
        try
        {
            // A payload begins with four bytes of its own and the id of its key.
            var payload = _protector.Protect([]);
            _protector.Unprotect(payload);
            var inUse = new Guid(payload.AsSpan(MagicBytes, IdBytes));
            return
                options.Value.XmlRepository is { } storage
                && !storage.GetAllElements().Any(element => Guid.TryParse(element.Attribute("id")?.Value, out var id) && id == inUse)
                ? CheckResults.NotReady("the key in use is gone", Advice)
                : HealthCheckResult.Healthy();
        }
        catch (KeyRingLostException)
        {
            return CheckResults.NotReady("lost", Advice);
        }
        catch (CryptographicException e) when (e.InnerException is KeyRingLostException)
        {
            return CheckResults.NotReady("lost", Advice);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return CheckResults.NotReady("cannot be read", Advice);
        }
    }
}
