using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>X's consent page.</summary>
internal static class ConsentPage
{
    private static readonly string Style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
          --line: light-dark(#e1e5e8, #2b3136); --muted: light-dark(#56626a, #98a4ad); color: light-dark(#14191d, #e8ebee) }
        * { box-sizing: border-box }
        body { margin: 0; min-height: 100vh; padding: 1.5rem 1rem; display: grid; place-items: center; background: light-dark(#f2f4f5, #0b0d0f) }
        main { width: min(29rem, 100%); padding: 1.5rem 1.75rem; border-radius: 16px; border: 1px solid var(--line); background: light-dark(#fff, #15191c) }
        h1 { font-size: 1.3rem; line-height: 1.3; font-weight: 450; letter-spacing: -.01em; margin: 0 0 1.1rem }
        h2 { font-size: .85rem; margin: 1.4rem 0 .3rem }
        ul { list-style: none; margin: 0; padding: 0; font-size: .85rem }
        li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .22rem 0; border-top: 1px solid var(--line) }
        code { font: .78rem/1.8 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--muted); overflow-wrap: anywhere }
        a { display: block; color: inherit; text-decoration: none; font-weight: 600; border-radius: 12px }
        a:focus-visible { outline: 2px solid; outline-offset: 2px }
        .account { display: flex; align-items: center; gap: .8rem; padding: .55rem .8rem; margin-top: .5rem; border: 1px solid var(--line) }
        .account:hover { background: light-dark(#f2f4f5, #1f2529) }
        .account span { width: 2.1rem; height: 2.1rem; border-radius: 50%; display: grid; place-items: center;
          background: light-dark(#14191d, #e8ebee); color: light-dark(#fff, #14191d) }
        .deny { padding: .6rem; margin-top: .3rem; text-align: center; color: light-dark(#b3261e, #ff8f86) }
        .note, .tag { font-size: .82rem; color: var(--muted); margin: 1rem 0 0 }
        .tag { display: inline-block; margin: 0 0 .8rem; padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem }
        """.ReplaceLineEndings("\n"); // browsers hash the text with \n, whatever line endings the checkout has

    /// <summary>Its content policy: it loads nothing but its own style, by hash, and no page may frame it.</summary>
    public static readonly StringValues ContentPolicy = new(
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
            + "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );

    public static ApiReply Render(AuthorizationRequest request, string query, string clientId)
    {
        var scopes = string.Concat(request.Scopes.Select(scope => $"<li>{Scope.Meanings[scope]} <code>{scope}</code></li>"));
        var accounts = string.Concat(
            UserStore.Residents.Select(name =>
                $"<a class=\"account\" href=\"{Html($"{query}&sandbox_user={name}")}\">"
                + $"<span aria-hidden=\"true\">{char.ToUpperInvariant(name[0])}</span>Sign in as @{name}</a>"
            )
        );
        return ApiReply.Page(
            200,
            Layout(
                $"""
                <h1><b>{Html(clientId)}</b> wants to access an X account</h1>
                <nav>{accounts}</nav>
                <a class="deny" href="{Html($"{query}&sandbox_deny=1")}">Deny</a>
                <h2>It will be able to</h2>
                <ul>{scopes}</ul>
                <p class="note">You will return to <code>{Html(request.RedirectUri)}</code>. For any other account, append
                <code>&amp;sandbox_user=NAME</code> to this page's address.</p>
                """
            )
        );
    }

    public static ApiReply Error(string error) =>
        ApiReply.Page(
            400,
            Layout(
                $"""
                <h1>Something went wrong</h1>
                <p>You weren't able to give access to the App. Go back and try logging in again.</p>
                <p class="note">{Html(error)}</p>
                """
            )
        );

    private static string Layout(string content) =>
        $$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>X sandbox</title><link rel="icon" href="data:,"><style>{{Style}}</style></head><body><main><p class="tag">X sandbox, not the real X</p>{{content}}</main></body></html>
            """;

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
