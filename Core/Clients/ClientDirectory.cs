using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Core.Clients;

/// <summary>The configured clients, reloaded live. An invalid reload is logged and changes nothing.</summary>
public sealed partial class ClientDirectory : IDisposable
{
    /// <summary>Id and key of the client that exists on loopback when none is configured.</summary>
    public const string DevelopmentClient = "dev";

    public const string DevelopmentKey = "dev-key";

    private readonly ILogger<ClientDirectory> _logger;
    private readonly IDisposable? _subscription;
    private readonly ClientOptions? _development;
    private ClientsOptions _options;
    private volatile Dictionary<string, Client> _clients;

    /// <param name="options">Section <c>Clients</c>.</param>
    /// <param name="development">The client to use when none is configured; null for none.</param>
    /// <param name="logger">Logs reloads.</param>
    /// <exception cref="OptionsValidationException">The configuration is not valid; the message says what to set.</exception>
    public ClientDirectory(IOptionsMonitor<ClientsOptions> options, ClientOptions? development, ILogger<ClientDirectory> logger)
    {
        (_logger, _development) = (logger, development);
        _options = options.CurrentValue;
        _clients = Build(_options, development);
        _subscription = options.OnChange(Reload);
    }

    /// <summary>Raised for each client that a reload has changed, once the change is in force.</summary>
    public event Action<AuditEntry>? Changed;

    /// <summary>Whether the development client is used because none is configured.</summary>
    public bool IsDevelopment { get; private set; }

    /// <summary>Whether there is no client, not even the development client.</summary>
    public bool IsEmpty => _clients.Count == 0;

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyCollection<Client> All => _clients.Values;

    public Client? Find(string clientId) => _clients.GetValueOrDefault(clientId);

    /// <summary>The client of an API key. Every key of every client is compared, in fixed time.</summary>
    public Client? FindByApiKey(string apiKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(apiKey), hash);
        Client? found = null;
        foreach (var client in _clients.Values)
        {
            if (client.HasKey(hash))
                found = client;
        }

        return found;
    }

    /// <summary>Whether any client allows the origin. A CORS preflight names no client, so it is checked against all.</summary>
    public bool AnyAllowsOrigin(string origin) => _clients.Values.Any(client => client.AllowsOrigin(origin));

    public void Dispose() => _subscription?.Dispose();

    private void Reload(ClientsOptions options)
    {
        try
        {
            if (options.Clients.Count == 0 && !IsDevelopment)
            {
                LogInvalid("it has no clients; to serve none, stop the proxy");
                return;
            }

            // The public development key does not come back once clients were configured: a configuration file may be missing for a moment
            // only.
            _clients = Build(options, IsDevelopment ? _development : null);
            foreach (var change in ClientChanges.Between(_options.Clients, options.Clients))
                Changed?.Invoke(change);
            _options = options;
            LogReloaded(_clients.Count);
        }
        catch (OptionsValidationException e)
        {
            LogInvalid(e.Message);
        }
    }

    private Dictionary<string, Client> Build(ClientsOptions options, ClientOptions? development)
    {
        var failures = options.Clients.SelectMany(pair => ClientValidation.Failures(pair.Key, pair.Value)).ToList();
        failures.AddRange(ClientValidation.SharedKeys(options.Clients));
        if (failures.Count > 0)
            throw new OptionsValidationException("Clients", typeof(ClientsOptions), failures);
        var clients = options.Clients.ToDictionary(pair => pair.Key, pair => new Client(pair.Key, pair.Value), StringComparer.Ordinal);
        IsDevelopment = clients.Count == 0 && development is not null;
        if (IsDevelopment)
            clients[DevelopmentClient] = new(DevelopmentClient, development!);
        return clients;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Clients reloaded: {Count}")]
    private partial void LogReloaded(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Clients not reloaded; the previous ones stay in force: {Failures}")]
    private partial void LogInvalid(string failures);
}
