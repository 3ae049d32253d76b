using System.Net;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>What the user sees between the app and X.</summary>
internal static class ConsentPage
{
    public static XReply Render(AuthorizationRequest request, string query, string clientId)
    {
        var scopes = string.Concat(request.Scopes.Select(scope =>
            $"<li>{Scope.Meanings[scope]} <code>{scope}</code></li>"));
        var accounts = string.Concat(UserStore.Residents.Select(name =>
            $"<a class=\"button\" href=\"{Html($"{query}&sandbox_user={name}")}\">Sign in as @{name}</a>"));
        return XReply.Page(200, Layout($"""
            <h1><b>{Html(clientId)}</b> wants to access an X account</h1>
            <p>It will be able to:</p>
            <ul>{scopes}</ul>
            {accounts}
            <a class="button quiet" href="{Html($"{query}&sandbox_deny=1")}">Deny</a>
            <p class="note">You will return to <code>{Html(request.RedirectUri)}</code>. Any other account: append
            <code>&amp;sandbox_user=NAME</code> to this page's address.</p>
            """));
    }

    public static XReply Error(string error) => XReply.Page(400, Layout($"""
        <h1>Something went wrong</h1>
        <p>You weren't able to give access to the App. Go back and try logging in again.</p>
        <p class="note">{Html(error)}</p>
        """));

    private static string Layout(string content) => $$"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>X sandbox</title><style>
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f2f4f5, #0b0d0f) }
        main { width: min(26rem, 100vw - 2rem); padding: 2rem; box-sizing: border-box; border-radius: 1rem;
          background: light-dark(#fff, #16191d); box-shadow: 0 1px 8px #0003 }
        h1 { font-size: 1.25rem; font-weight: 500; margin: 0 0 1rem }
        ul { padding-left: 1.25rem }
        code { font-size: .8em; opacity: .75; overflow-wrap: anywhere }
        .button { display: block; margin: .5rem 0; padding: .65rem; border-radius: 2rem; text-align: center; text-decoration: none;
          font-weight: 600; background: light-dark(#111, #eee); color: light-dark(#fff, #111) }
        .quiet { background: none; color: inherit; border: 1px solid #8888 }
        .note, .tag { font-size: .85rem; opacity: .7 }
        </style></head><body><main><p class="tag">X sandbox, not the real X</p>{{content}}</main></body></html>
        """;

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
