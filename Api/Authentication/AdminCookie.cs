using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Authentication;

/// <summary>
/// The console's sign-in: an operator's key, given once, becomes a cookie that scripts cannot read. Its value is sealed with Data
/// Protection and has the key's hash and an expiry. It opens as long as that key is configured, and no longer than <see cref="Lifetime"/>;
/// signing out deletes it from the browser.
/// </summary>
public sealed class AdminCookie(IDataProtectionProvider protection, AdminKeys keys, TimeProvider timeProvider)
{
    public const string Name = "otp-operator";

    /// <summary>A working day.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    /// <summary>One cookie each: what clients call does not get it.</summary>
    private static readonly string[] Paths = ["/ops", "/v1/ops", "/dashboard", "/metrics"];

    private readonly IDataProtector _protector = protection.CreateProtector("OrleansTwitterProxy.AdminCookie");

    /// <summary>Signs in.</summary>
    /// <param name="context">The request with the key.</param>
    /// <param name="key">A valid admin key.</param>
    /// <returns>When the cookie expires.</returns>
    public DateTimeOffset Issue(HttpContext context, string key)
    {
        var expiresAt = timeProvider.GetUtcNow() + Lifetime;
        var value = string.Create(CultureInfo.InvariantCulture, $"{ApiKey.Hash(key)} {expiresAt.ToUnixTimeSeconds()}");
        Write(context, _protector.Protect(value), expiresAt);
        return expiresAt;
    }

    /// <summary>Signs out.</summary>
    public static void Delete(HttpContext context) => Write(context, "", DateTimeOffset.UnixEpoch);

    /// <summary>The name of the key that signed in; null when there is no cookie, or it opens nothing any more.</summary>
    public string? Authenticate(HttpContext context)
    {
        if (!context.Request.Cookies.TryGetValue(Name, out var cookie))
            return null;
        try
        {
            return
                _protector.Unprotect(cookie).Split(' ') is [var hash, var seconds]
                && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var expiresAt)
                && timeProvider.GetUtcNow().ToUnixTimeSeconds() < expiresAt
                ? keys.NameOfHash(hash, context)
                : null;
        }
        catch (CryptographicException)
        {
            return null; // of another key ring, or forged
        }
    }

    private static void Write(HttpContext context, string value, DateTimeOffset expiresAt)
    {
        foreach (var path in Paths)
        {
            context.Response.Cookies.Append(
                Name,
                value,
                new()
                {
                    HttpOnly = true,
                    SameSite = SameSiteMode.Strict,
                    Secure = context.Request.IsHttps,
                    Path = path,
                    Expires = expiresAt,
                }
            );
        }
    }
}
