using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;
using OrleansTwitterProxy.Api.Hosting;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// Mutual TLS between the processes of a cluster. Each presents its certificate and accepts only what its authority has signed. Names are
/// not checked: the authority signs for this cluster alone. The files are read again, so that a renewed certificate needs no restart.
/// </summary>
internal sealed class ClusterTls
{
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromMinutes(1);

    private readonly ClusterTlsOptions _files;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private Identity _identity;
    private long _readAt;

    private ClusterTls(ClusterTlsOptions files, TimeProvider timeProvider)
    {
        (_files, _timeProvider) = (files, timeProvider);
        (_identity, _readAt) = (Read(files), timeProvider.GetTimestamp());
    }

    /// <param name="cluster">The process's settings.</param>
    /// <param name="timeProvider">For reading the files again.</param>
    /// <returns>Null when no certificate is set.</returns>
    /// <exception cref="StartupException">A file is missing or cannot be read, or the certificate is not valid.</exception>
    public static ClusterTls? Of(ClusterOptions cluster, TimeProvider timeProvider)
    {
        var files = cluster.Tls;
        (string Name, string Path)[] settings =
        [
            (nameof(files.Certificate), files.Certificate),
            (nameof(files.Key), files.Key),
            (nameof(files.Authority), files.Authority),
        ];
        if (Array.TrueForAll(settings, setting => setting.Path.Length == 0))
            return null;
        foreach (var (name, path) in settings)
        {
            if (path.Length == 0)
                throw new StartupException(
                    $"Not started: Cluster__Tls__{name} is not set. TLS between processes needs Certificate, Key and Authority."
                );
            if (!File.Exists(path))
                throw new StartupException($"Not started: Cluster__Tls__{name}: there is no file {path}.");
        }

        try
        {
            var tls = new ClusterTls(files, timeProvider);
            return tls.Accepts(tls._identity.Certificate, handshake: null)
                ? tls
                : throw new StartupException(
                    $"Not started: Cluster__Tls__Certificate: {files.Certificate} is not signed by {files.Authority}, or is not valid today (until {tls._identity.Certificate.NotAfter:u})."
                );
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"Not started: Cluster__Tls: the certificate, its key or the authority cannot be read as PEM: {e.Message}"
            );
        }
    }

    /// <summary>Both directions need a certificate.</summary>
    public void Configure(TlsOptions options)
    {
        options.LocalCertificate = _identity.Certificate; // the library requires it, and uses the selectors
        options.LocalServerCertificateSelector = (_, _) => Current.Certificate;
        options.LocalClientCertificateSelector = (_, _, _, _, _) => Current.Certificate;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = (certificate, handshake, _) => Accepts(certificate, handshake);
    }

    private bool Accepts(X509Certificate2 certificate, X509Chain? handshake)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (handshake is not null)
            chain.ChainPolicy.ExtraStore.AddRange(handshake.ChainPolicy.ExtraStore); // intermediates that the other process sent
        return chain.Build(certificate);
    }

    private Identity Current
    {
        get
        {
            lock (_lock)
            {
                if (_timeProvider.GetElapsedTime(_readAt) < ReadAgainAfter)
                    return _identity;
                _readAt = _timeProvider.GetTimestamp();
                try
                {
                    _identity = Read(_files);
                }
                catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
                {
                    // The files are being replaced. The ones before serve until they expire.
                }

                return _identity;
            }
        }
    }

    private static Identity Read(ClusterTlsOptions files)
    {
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(files.Authority);
        using var fromPem = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        // Windows' TLS takes no key that exists in memory alone.
        return new(X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), password: null), authority);
    }

    private sealed record Identity(X509Certificate2 Certificate, X509Certificate2Collection Authority);
}
