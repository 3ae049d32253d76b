using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>Ready while the key ring has a readable key. Without one every session token looks forged.</summary>
internal sealed class KeyRingHealth(IDataProtectionProvider provider) : IHealthCheck
{
    private readonly IDataProtector _protector = provider.CreateProtector("OrleansTwitterProxy.Health");

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            _protector.Unprotect(_protector.Protect("ready"));
            return Task.FromResult(HealthCheckResult.Healthy());
        }
        catch (CryptographicException)
        {
            return Task.FromResult(
                HealthCheckResult.Unhealthy("The Data Protection key ring cannot be read; restore it from the backup of the data folder.")
            );
        }
    }
}
