namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>Finds the session actor of an account, which need not exist. Costs nothing.</summary>
/// <param name="accountId">X's numeric user id, as X writes it.</param>
public delegate IUserSession SessionLocator(string accountId);
