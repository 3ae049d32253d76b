using System.Security.Cryptography;
using System.Text;
using OrleansTwitterProxy.Core.Forwarding;

namespace OrleansTwitterProxy.Core.Idempotency;

/// <summary>Identifies a request by its method, target, content type and body.</summary>
internal static class RequestFingerprint
{
    public static string Of(ForwardRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var contentType = request
            .Headers.FirstOrDefault(header => header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
            .Value;
        // None of the three can contain a line break.
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Target}\n{contentType}\n"));
        hash.AppendData(request.Body.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
