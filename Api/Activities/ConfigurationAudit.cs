using System.Reflection;
using Microsoft.Extensions.Options;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>
/// Puts into the audit with which clients and admin keys the process has started, and which of them a reload has changed.
/// </summary>
internal sealed class ConfigurationAudit(
    AuditLog audit,
    IOptionsMonitor<OpsOptions> ops,
    IOptionsMonitor<ClientsOptions> clients,
    ClientDirectory? directory = null // a silo without a front end has none
) : IHostedService, IDisposable
{
    private readonly Lock _lock = new();
    private Dictionary<string, string> _keys = [];
    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _keys = new(ops.CurrentValue.AdminKeys);
        _subscription = ops.OnChange(Compare);
        directory?.Changed += audit.Note;
        audit.Note(new() { Action = AuditActions.ProcessStarted, Detail = Describe() });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        directory?.Changed -= audit.Note;
        _subscription?.Dispose();
    }

    private string Describe()
    {
        var version = typeof(ConfigurationAudit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!;
        return string.Join(
            "; ",
            $"version {version.InformationalVersion}",
            $"clients {Listed(clients.CurrentValue.Clients.Select(client => (client.Key, ClientChanges.Prefixes(client.Value.ApiKeys))))}",
            $"admin keys {Listed(_keys.Select(key => (key.Key, ClientChanges.PrefixOf(key.Value))))}"
        );
    }

    private static string Listed(IEnumerable<(string Name, string Keys)> entries) =>
        string.Join(", ", entries.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => $"{entry.Name} ({entry.Keys})"))
            is { Length: > 0 } list
            ? list
            : "none";

    private void Compare(OpsOptions options)
    {
        lock (_lock)
        {
            foreach (var name in _keys.Keys.Union(options.AdminKeys.Keys).Order(StringComparer.Ordinal))
            {
                var (before, after) = (_keys.GetValueOrDefault(name), options.AdminKeys.GetValueOrDefault(name));
                if (before != after)
                    audit.Note(
                        new()
                        {
                            Action =
                                before is null ? AuditActions.AdminKeyAdded
                                : after is null ? AuditActions.AdminKeyRemoved
                                : AuditActions.AdminKeyChanged,
                            Detail = $"{name} ({ClientChanges.PrefixOf(after ?? before!)})",
                        }
                    );
            }

            _keys = new(options.AdminKeys);
        }
    }
}
