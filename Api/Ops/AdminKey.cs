using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>Lets an operator in: by the header X-Admin-Key, or in a browser by HTTP Basic with the key as the password (RFC 7617).</summary>
public sealed class AdminKey(IOptionsMonitor<OpsOptions> options) : IEndpointFilter
{
    private static readonly Rejection Refusal = new(
        RejectionReason.AdminKeyInvalid, "Send an admin key as 'X-Admin-Key: KEY', or as the password in the browser's dialog. 'keys new NAME' makes one, for Ops:AdminKeys.");

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        return Presented(http.Request) is { } key && IsValid(key, http) ? await next(context) : new ProblemResult(Refusal);
    }

    private bool IsValid(string key, HttpContext http)
    {
        var hashes = options.CurrentValue.AdminKeys;
        if (hashes.Count == 0 && http.Connection.LocalIpAddress is { } local && IPAddress.IsLoopback(local)) hashes = [ApiKey.Hash(OpsOptions.DevelopmentKey)];
        var hash = Encoding.ASCII.GetBytes(ApiKey.Hash(key));
        var found = false;
        foreach (var valid in hashes) found |= CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(valid.ToLowerInvariant()), hash);
        return found;
    }

    private static string? Presented(HttpRequest request)
    {
        if (request.Headers.TryGetValue("X-Admin-Key", out var header)) return header.ToString();
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var authorization) || authorization.Scheme != "Basic") return null;
        var buffer = new byte[256];
        if (!Convert.TryFromBase64String(authorization.Parameter ?? "", buffer, out var length)) return null;
        var pair = Encoding.UTF8.GetString(buffer, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
