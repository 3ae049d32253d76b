using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using OrleansTwitterProxy.Api.Authentication;
using OrleansTwitterProxy.Api.Errors;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Activities;
using OrleansTwitterProxy.Core.Rejections;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>
/// The operators' console: its files, which are embedded and the same for everybody, and its sign-in. What it shows comes from
/// <c>/v1/ops</c>, which wants an operator.
/// </summary>
public static class ConsoleEndpoints
{
    public const string Path = "/ops";

    private const string Folder = "OrleansTwitterProxy.Api.Ops.Console.";
    private const int MaxBodyBytes = 4096;

    /// <summary>
    /// Only its own files run, and it talks to nobody else. A form that its script does not take over is not sent: no key in a URL.
    /// </summary>
    private static readonly StringValues ContentPolicy = new(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );

    public static void MapConsole(this IEndpointRouteBuilder routes)
    {
        var files = ReadFiles();
        var console = routes.MapGroup(Path).AllowAnonymous().ExcludeFromDescription();
        console.MapGet("", (HttpContext context) => Serve(context, "index.html", files["index.html"]));
        console.MapGet("/{file}", (string file, HttpContext context) =>
            files.TryGetValue(file, out var content)
                ? (IResult)Serve(context, file, content)
                : new ProblemResult(new(RejectionReason.NotFound, $"The console has no file '{file}'. It begins at {Path}."))
        );
        console.MapGet("/sign-in", SignedIn);
        console.MapPost("/sign-in", SignIn).WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
        console.MapPost("/sign-out", SignOut).WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes));
    }

    // Not 401 without a cookie: the page asks at every start, and that nobody has signed in yet is no failure.
    private static IResult SignedIn(HttpContext context, AdminCookie cookie, IOptions<ProxyOptions> proxy) =>
        ForeignPage(context, proxy.Value) is { } foreign ? foreign
        : cookie.Authenticate(context) is { } name ? TypedResults.Ok(new ConsoleOperator(name))
        : TypedResults.NoContent();

    private static IResult SignIn(
        ConsoleSignIn? body,
        HttpContext context,
        AdminKeys keys,
        AdminCookie cookie,
        FailedCredentials failures,
        AuditLog audit,
        IOptions<ProxyOptions> proxy
    )
    {
        if (ForeignPage(context, proxy.Value) is { } foreign)
            return foreign;
        if (string.IsNullOrEmpty(body?.Key))
            return ProblemResult.Invalid("key", "send an admin key.");
        if (keys.NameOf(body.Key, context) is not { } name)
            return new ProblemResult(failures.Count(context, ProxySchemes.AdminKey) ?? AdminKeyAuthentication.Refusal);
        audit.Note(
            new()
            {
                Action = AuditActions.OperatorSignedIn,
                Operator = name,
                RequestId = context.TraceIdentifier,
            }
        );
        return TypedResults.Ok(new ConsoleSession(name, cookie.Issue(context, body.Key)));
    }

    private static IResult SignOut(HttpContext context, IOptions<ProxyOptions> proxy)
    {
        if (ForeignPage(context, proxy.Value) is { } foreign)
            return foreign;
        AdminCookie.Delete(context);
        return TypedResults.NoContent();
    }

    // Nor may another page sign an operator in, or out.
    private static ProblemResult? ForeignPage(HttpContext context, ProxyOptions proxy) =>
        OriginCheck.IsForeignPage(context.Request, proxy.PublicUrl?.TrimEnd('/'))
            ? new ProblemResult(new(RejectionReason.OriginNotAllowed, "Only the console itself may sign an operator in or out."))
            : null;

    private static FileContentHttpResult Serve(HttpContext context, string file, byte[] content)
    {
        context.Response.Headers.ContentSecurityPolicy = ContentPolicy;
        return TypedResults.Bytes(
            content,
            System.IO.Path.GetExtension(file) switch
            {
                ".js" => "text/javascript; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                _ => "text/html; charset=utf-8",
            }
        );
    }

    private static FrozenDictionary<string, byte[]> ReadFiles()
    {
        var assembly = typeof(ConsoleEndpoints).Assembly;
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Folder.Length..], Read, StringComparer.Ordinal);

        byte[] Read(string name)
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
    }
}

/// <summary>What the console's form sends.</summary>
/// <param name="Key">An admin key. Never logged.</param>
public sealed record ConsoleSignIn(string? Key)
{
    public override string ToString() => "[sign-in to the console]";
}

/// <summary>Whose cookie it is.</summary>
/// <param name="Name">Of the admin key.</param>
public sealed record ConsoleOperator(string Name);

/// <summary>An operator who has signed in.</summary>
/// <param name="Name">Of the admin key.</param>
/// <param name="ExpiresAt">When the operator has to sign in again.</param>
public sealed record ConsoleSession(string Name, DateTimeOffset ExpiresAt);
