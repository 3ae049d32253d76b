using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Core.Engine;

/// <summary>
/// Where the front end finds the actors. The embedded engine answers with objects of this process, the cluster with grains; nothing
/// above this interface knows which.
/// </summary>
public interface IEngine
{
    /// <summary>The one word for logs and operators: <c>standalone</c> or <c>orleans</c>.</summary>
    string Name { get; }

    /// <summary>For the banner: the engine and where its state is kept.</summary>
    string Description { get; }

    /// <summary>The session actor of an account. Costs nothing; the account need not exist.</summary>
    /// <param name="accountId">X's numeric user id, as X writes it.</param>
    IUserSession Session(string accountId);

    /// <summary>The actor of one pending authorization.</summary>
    /// <param name="state">The OAuth <c>state</c> value that names it.</param>
    ISignIn SignIn(string state);

    /// <summary>X's circuits, for operators.</summary>
    ICircuitControl Circuit { get; }

    /// <summary>The actor of one managed upload. Costs nothing; the upload need not exist.</summary>
    /// <param name="uploadId">As minted when it began.</param>
    IMediaUpload Upload(string uploadId);
}
