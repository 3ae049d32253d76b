using Orleans.Runtime;

namespace OrleansTwitterProxy.Api.Cluster;

/// <summary>
/// Decides whether the exception of a failed call proves that no grain received the message. Only then may a write be sent again. Orleans
/// states this only in the text of its exceptions. A text that is not listed here proves nothing. A test compares the list with the
/// published packages.
/// </summary>
internal static class UndeliveredMessage
{
    /// <summary>
    /// Beginnings of <see cref="OrleansMessageRejectionException"/> messages that prove it, with the class that throws them in Orleans
    /// 10.4.2.
    /// </summary>
    internal static readonly string[] Rejections =
    [
        "Forwarding failed: tried to forward message ", // MessageCenter: no activation took it
        "The target silo is no longer active: target was ", // SiloConnection: it arrived at a successor of the silo it was for
        "Exception while sending message: ", // MessageCenter: no connection to its silo could be opened
        "Message was queued for sending after outbound queue was stopped", // MessageCenter: this silo is stopping
        "Silo stopping", // SiloConnection and MessageCenter: a stopping silo refuses it before any grain has it
        "Message to be sent does not have a target silo.", // MessageCenter
        "No gateways available", // ClientMessageCenter
        "Unable to send message due to exception ", // ClientMessageCenter: no connection to a gateway could be opened
    ];

    /// <summary>
    /// Beginning and end of the <see cref="SiloUnavailableException"/> message with which a stopping silo refuses to place a grain.
    /// </summary>
    internal static readonly (string Beginning, string End) PlacementRefused = ("Silo '", "' is shutting down.");

    /// <summary>Beginning of PlacementService's <see cref="OperationCanceledException"/> message: no silo had taken the grain.</summary>
    internal const string PlacementExpired = "Message expired before placement could complete for grain ";

    public static bool IsProvedBy(Exception exception) =>
        exception switch
        {
            // Before the general case, because it is a message rejection too.
            SiloUnavailableException => exception.Message.StartsWith(PlacementRefused.Beginning, StringComparison.Ordinal)
                && exception.Message.EndsWith(PlacementRefused.End, StringComparison.Ordinal),
            OrleansMessageRejectionException => Array.Exists(Rejections, beginning =>
                exception.Message.TrimStart().StartsWith(beginning, StringComparison.Ordinal)
            ),
            OperationCanceledException => exception.Message.StartsWith(PlacementExpired, StringComparison.Ordinal),
            _ => false,
        };
}
