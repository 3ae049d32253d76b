using System.Text.Json.Nodes;

namespace OrleansTwitterProxy.Sandbox;

/// <summary>OAuth 2.0 authorization code with PKCE, refresh and revocation.</summary>
internal sealed class OAuthEndpoints(
    SandboxOptions options,
    UserStore users,
    GrantStore grants,
    AuthorizationCodes codes,
    SandboxCounters counters
)
{
    public IEnumerable<ApiEndpoint> All =>
        [
            new("GET", "/i/oauth2/authorize", Authorize) { Authentication = ApiAuthentication.None },
            new("GET", "/2/oauth2/authorize", Authorize) { Authentication = ApiAuthentication.None },
            new("POST", "/2/oauth2/token", TokenAsync) { Authentication = ApiAuthentication.None, IdentifyAsync = IdentifyAsync },
            new("POST", "/2/oauth2/revoke", RevokeAsync) { Authentication = ApiAuthentication.None },
        ];

    private ValueTask<ApiReply> Authorize(ApiCall call)
    {
        var (request, error) = AuthorizationRequest.Read(call.Request.Query, options);
        if (request is null)
            return new(ConsentPage.Error(error!));
        if (call.Query.Text("sandbox_deny") is not null)
            return new(ApiReply.Redirect(request.Denied()));
        if (call.Query.Text("sandbox_user") is not { } name)
            return new(ConsentPage.Render(request, call.Request.QueryString.Value!, options.ClientId));
        if (!UserStore.IsName(name))
            return new(ConsentPage.Error("sandbox_user must be a name of letters, digits and underscores."));
        return new(ApiReply.Redirect(request.Granted(codes.Issue(request, users.GetOrAdd(name)))));
    }

    /// <summary>The account of the code or refresh token. Counts the attempt here, also when a fault responds to it.</summary>
    private async ValueTask<string?> IdentifyAsync(ApiCall call)
    {
        var form = await call.ReadFormAsync();
        if (form["grant_type"] == "authorization_code")
            return codes.AccountOf(form["code"].ToString());
        var account = grants.AccountOfRefresh(form["refresh_token"].ToString());
        if (account is not null)
            counters.CountRefreshAttempt(account);
        return account;
    }

    private async ValueTask<ApiReply> TokenAsync(ApiCall call)
    {
        var form = await call.ReadFormAsync();
        if (ClientAuthentication.Refuse(call.Request, form, options) is { } refusal)
            return refusal;
        return form["grant_type"].ToString() switch
        {
            "authorization_code" => Exchange(form),
            "refresh_token" => Refresh(form),
            "" => OAuthErrors.Missing("grant_type"),
            _ => OAuthErrors.UnsupportedGrantType,
        };
    }

    private ApiReply Exchange(IFormCollection form)
    {
        if (FirstMissing(form, "code", "redirect_uri", "code_verifier") is { } missing)
            return missing;
        var (grant, refusal) = codes.Redeem(form["code"].ToString(), form["redirect_uri"].ToString(), form["code_verifier"].ToString());
        return refusal ?? Tokens(grants.Issue(grant!));
    }

    private ApiReply Refresh(IFormCollection form)
    {
        if (FirstMissing(form, "refresh_token") is { } missing)
            return missing;
        return grants.Refresh(form["refresh_token"].ToString()) is { } pair ? Tokens(pair) : OAuthErrors.TokenInvalid;
    }

    private async ValueTask<ApiReply> RevokeAsync(ApiCall call)
    {
        var form = await call.ReadFormAsync();
        if (ClientAuthentication.Refuse(call.Request, form, options) is { } refusal)
            return refusal;
        if (FirstMissing(form, "token", "token_type_hint") is { } missing)
            return missing;
        grants.Revoke(form["token"].ToString());
        return ApiReply.Ok(new JsonObject { ["revoked"] = true });
    }

    private static ApiReply Tokens(TokenPair pair)
    {
        var body = new JsonObject
        {
            ["token_type"] = "bearer",
            ["expires_in"] = (long)pair.ExpiresIn.TotalSeconds,
            ["access_token"] = pair.AccessToken,
            ["scope"] = string.Join(' ', pair.Scopes),
        };
        if (pair.RefreshToken is not null)
            body["refresh_token"] = pair.RefreshToken;
        return ApiReply.Ok(body);
    }

    private static ApiReply? FirstMissing(IFormCollection form, params IEnumerable<string> names) =>
        names.FirstOrDefault(name => form[name].ToString().Length == 0) is { } missing ? OAuthErrors.Missing(missing) : null;
}
