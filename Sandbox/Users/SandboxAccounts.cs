namespace OrleansTwitterProxy.Sandbox;

/// <summary>A pair of tokens; the refresh token only with the scope offline.access.</summary>
public sealed record SandboxTokens(string AccessToken, string? RefreshToken);

/// <summary>The sandbox's accounts, for tests that change them directly. An account that is named here is created if necessary.</summary>
public sealed class SandboxAccounts
{
    private readonly UserStore _users;
    private readonly GrantStore _grants;

    private readonly UserRelations _relations;

    internal SandboxAccounts(UserStore users, GrantStore grants, UserRelations relations)
    {
        _users = users;
        _grants = grants;
        _relations = relations;
    }

    /// <summary>Every access and refresh token ever issued; none of them may appear in a log.</summary>
    public IReadOnlyList<string> AllTokens => _grants.AllTokens;

    /// <summary>X's id of the account; the same name has the same id in every sandbox.</summary>
    public string IdOf(string account) => Find(account).Id;

    /// <summary>The user removes the app in X's settings: every token of the account becomes invalid.</summary>
    /// <returns>The number of ended grants.</returns>
    public int Revoke(string account) => _grants.RevokeAccount(Find(account));

    /// <summary>The account's access tokens expire now; its refresh tokens stay valid.</summary>
    /// <returns>The number of expired access tokens.</returns>
    public int ExpireTokens(string account) => _grants.ExpireAccess(Find(account));

    /// <summary>A new grant without the consent page.</summary>
    /// <param name="scopes">Scopes to grant; all of X's when none are named.</param>
    public SandboxTokens IssueTokens(string account, params IReadOnlyCollection<string> scopes)
    {
        var granted = scopes.Count > 0 ? scopes.ToHashSet() : Scope.Meanings.Keys.ToHashSet();
        var pair = _grants.Issue(new Grant(Find(account), granted));
        return new SandboxTokens(pair.AccessToken, pair.RefreshToken);
    }

    /// <summary>The user blocks another on X's site; X's API can only list blocks.</summary>
    public void Block(string account, string other) => _relations.Blocks.Add(Find(account), Find(other));

    /// <summary>The user ends a block.</summary>
    /// <returns>False when there was none.</returns>
    public bool Unblock(string account, string other) => _relations.Blocks.Remove(Find(account), Find(other));

    private User Find(string account) =>
        UserStore.IsName(account)
            ? _users.GetOrAdd(account)
            : throw new ArgumentException("A name has letters, digits and underscores.", nameof(account));
}
