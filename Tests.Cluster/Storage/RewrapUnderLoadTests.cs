using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.Storage;
using OrleansTwitterProxy.Silo.Storage;
using OrleansTwitterProxy.Tests.Support;
using Xunit.Abstractions;

namespace OrleansTwitterProxy.Tests.Storage;

/// <summary>Re-encryption of many accounts, by the command, while users call.</summary>
public sealed class RewrapUnderLoadTests(ITestOutputHelper output)
{
    private const int Accounts = 10_000;
    private const int Users = 20;

    [Fact]
    public async Task Ten_thousand_accounts_are_re_encrypted_under_load_without_a_failed_call()
    {
        await using var proxy = await ProxyHost.StartAsync();
        var users = await Task.WhenAll(Enumerable.Range(0, Users).Select(i => proxy.SignInAsync($"rewrap{i}")));
        await StoreAsync(proxy, Accounts);
        using var operators = proxy.NewClient();
        operators.DefaultRequestHeaders.Add("X-Admin-Key", "dev-admin");
        await ProxyHost.ReadAsync(await operators.PostAsync("/v1/ops/keys", null));

        using var enough = new CancellationTokenSource();
        var (calls, failed, slowest) = (0, 0, TimeSpan.Zero);
        var load = Task.WhenAll(users.Select((user, i) => LoadAsync(user.Http, i)));
        Environment.SetEnvironmentVariable(RewrapCommand.KeyVariable, "dev-admin");
        var started = TimeProvider.System.GetTimestamp();
        Assert.Equal(
            0,
            await CommandLine.RunAsync(
                ["rewrap", proxy.Url.ToString()],
                "",
                _ => throw new InvalidOperationException(),
                RewrapCommand.Create
            )
        );
        var took = TimeProvider.System.GetElapsedTime(started);
        await enough.CancelAsync();
        await load;

        var progress = await ProxyHost.ReadAsync(await operators.GetAsync("/v1/ops/rewrap"));
        output.WriteLine(
            $"{progress.GetProperty("reencrypted").GetInt32()} accounts re-encrypted in {took.TotalSeconds:F1} s; {calls} calls meanwhile, {failed} failed, the slowest took {slowest.TotalMilliseconds:F0} ms"
        );
        Assert.Equal(0, failed);
        Assert.True(calls > 100, $"{calls} calls");
        Assert.InRange(progress.GetProperty("reencrypted").GetInt32(), Accounts, Accounts + Users); // a refresh has the newest key anyway
        Assert.Equal(0, progress.GetProperty("failed").GetInt32());
        Assert.Equal(0, proxy.Sandbox.Counters.ReplaysOfSpentRefreshTokens);

        async Task LoadAsync(HttpClient session, int user)
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var begun = TimeProvider.System.GetTimestamp();
                using var answer = i % 50 == user ? await session.RefreshAsync() : await session.GetAsync("/v1/session");
                Interlocked.Increment(ref calls);
                if (answer.StatusCode is not HttpStatusCode.OK)
                    Interlocked.Increment(ref failed);
                if (TimeProvider.System.GetElapsedTime(begun) is var took && took > slowest)
                    slowest = took;
            }
        }
    }

    // As the grains store them, in one transaction.
    private static Task<int> StoreAsync(ProxyHost proxy, int count)
    {
        var vault = proxy.Services.GetRequiredService<TokenVault>();
        var now = TimeProvider.System.GetUtcNow();
        return proxy
            .Services.GetRequiredService<SqliteDatabase>()
            .RunAsync(
                connection =>
                {
                    using var transaction = connection.BeginTransaction();
                    for (var i = 0; i < count; i++)
                    {
                        var id = $"9{i:D9}";
                        using var insert = connection.CreateCommand();
                        insert.CommandText = "INSERT INTO sessions (key, version, record) VALUES ($key, 1, $record)";
                        insert.Parameters.AddWithValue("$key", id);
                        insert.Parameters.AddWithValue(
                            "$record",
                            RecordJson.Write(
                                new SessionRecord
                                {
                                    AccountId = id,
                                    Grant = new()
                                    {
                                        Version = 1,
                                        AccessToken = vault.Protect(id, new AccessToken($"access-{id}")),
                                        RefreshToken = vault.Protect(id, new RefreshToken($"refresh-{id}")),
                                        Scopes = ["tweet.read"],
                                        ObtainedAt = now,
                                        ExpiresAt = now.AddHours(2),
                                    },
                                    Sessions = [new("session", "app", ["tweet.read"], now) { UsedUntil = now }],
                                }
                            )
                        );
                        insert.ExecuteNonQuery();
                    }

                    transaction.Commit();
                    return count;
                },
                CancellationToken.None
            );
    }
}
