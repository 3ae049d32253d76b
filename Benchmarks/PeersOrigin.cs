using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Hosting;

namespace OrleansTwitterProxy.Benchmarks;

/// <summary>
/// X as bare Kestrel: 1 KiB of JSON with rate-limit headers that never run out, and as much of OAuth as a sign-in needs. The code and the
/// access token are the user's name.
/// </summary>
internal static class PeersOrigin
{
    /// <summary>The path that is measured.</summary>
    public const string Path = "/2/users/by/username/alice";

    public const int Length = 1024;

    private const string Limit = "1000000000";
    private static readonly byte[] Answer = MakeAnswer();
    private static readonly ConcurrentDictionary<string, string> Scopes = new(StringComparer.Ordinal);
    private static ResetTime _reset = new(DateTimeOffset.MinValue, "");

    public static Command Command()
    {
        var urls = new Option<string>("--urls") { Required = true };
        var command = new Command("peers-origin") { Hidden = true, Options = { urls } };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetRequiredValue(urls), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string urls, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls(urls);
        await using var app = builder.Build();
        app.Run(HandleAsync);
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static Task HandleAsync(HttpContext context) =>
        context.Request.Path.Value switch
        {
            Path => AnswerAsync(context.Response),
            "/i/oauth2/authorize" => ConsentAsync(context),
            "/2/oauth2/token" => GrantAsync(context),
            "/2/users/me" => NameAsync(context),
            _ => NotFoundAsync(context),
        };

    private static Task AnswerAsync(HttpResponse response)
    {
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = Length;
        AddLimits(response);
        return response.Body.WriteAsync(Answer).AsTask();
    }

    // Consent is given at once, for the user that the query names.
    private static Task ConsentAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var user = query["sandbox_user"].ToString();
        Scopes[user] = query["scope"].ToString();
        context.Response.Redirect(
            QueryHelpers.AddQueryString(
                query["redirect_uri"].ToString(),
                new Dictionary<string, string?> { ["state"] = query["state"], ["code"] = user }
            )
        );
        return Task.CompletedTask;
    }

    private static async Task GrantAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var user = form["code"].ToString();
        await context.Response.WriteAsJsonAsync(
            new
            {
                token_type = "bearer",
                expires_in = 7200,
                access_token = user,
                refresh_token = user,
                scope = Scopes[user],
            }
        );
    }

    private static Task NameAsync(HttpContext context)
    {
        var user = context.Request.Headers.Authorization.ToString().Split(' ')[^1];
        AddLimits(context.Response);
        return context.Response.WriteAsJsonAsync(
            new
            {
                data = new
                {
                    id = $"1{string.Concat(user.Where(char.IsAsciiDigit))}",
                    username = user,
                    name = user,
                },
            }
        );
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static void AddLimits(HttpResponse response)
    {
        response.Headers["x-rate-limit-limit"] = Limit;
        response.Headers["x-rate-limit-remaining"] = Limit;
        response.Headers["x-rate-limit-reset"] = Reset();
    }

    // Always in the future. Made anew each minute, so that it costs nothing.
    private static string Reset()
    {
        var now = TimeProvider.System.GetUtcNow();
        if (now > _reset.MadeAt.AddMinutes(1))
            _reset = new(now, now.AddMinutes(15).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        return _reset.Text;
    }

    private static byte[] MakeAnswer()
    {
        var answer = new byte[Length];
        answer.AsSpan().Fill((byte)'x');
        """{"data":{"id":"1","name":"Alice","username":"alice","description":" """u8[..^1].CopyTo(answer);
        "\"}}"u8.CopyTo(answer.AsSpan()[^3..]);
        return answer;
    }

    private sealed record ResetTime(DateTimeOffset MadeAt, string Text);
}
