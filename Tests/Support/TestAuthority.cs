using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OrleansTwitterProxy.Api.Cluster;

namespace OrleansTwitterProxy.Tests.Support;

/// <summary>A certificate authority of the test's own, and the files that it signs.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _authority;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        File.WriteAllText(AuthorityPath, _authority.ExportCertificatePem());
        File.WriteAllText(AuthorityPath + ".key", key.ExportPkcs8PrivateKeyPem());
    }

    public string AuthorityPath => Path.Combine(_folder.Path, "authority.pem");

    /// <summary>The settings of processes that share a self-signed certificate.</summary>
    public ClusterTlsOptions Itself =>
        new()
        {
            Certificate = AuthorityPath,
            Key = AuthorityPath + ".key",
            Authority = AuthorityPath,
        };

    /// <summary>Signs a certificate and writes it, in place of one of the same name.</summary>
    /// <param name="name">Its common name.</param>
    /// <param name="end">The end of its validity; null for far away.</param>
    /// <returns>The settings of a process that has it.</returns>
    public ClusterTlsOptions Issue(string name, DateTimeOffset? end = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var signed = request.Create(
            _authority,
            DateTimeOffset.UnixEpoch,
            end ?? DateTimeOffset.MaxValue,
            RandomNumberGenerator.GetBytes(8)
        );
        var files = new ClusterTlsOptions
        {
            Certificate = Path.Combine(_folder.Path, $"{name}.pem"),
            Key = Path.Combine(_folder.Path, $"{name}.key"),
            Authority = AuthorityPath,
        };
        File.WriteAllText(files.Certificate, signed.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }
}
