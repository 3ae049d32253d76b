namespace OrleansTwitterProxy.Fuzzing;

/// <summary>The warnings and exceptions that made-up requests and a failing X may cause, each with its reason.</summary>
internal static class ExpectedLog
{
    private static readonly (string Category, string Text, string Reason)[] Lines =
    [
        ("OrleansTwitterProxy.Api.Hosting.Banner", "Development mode", "said at every start with the public keys"),
        ("OrleansTwitterProxy.Api.Authentication.FailedCredentials", "invalid credential", "keys and tokens are made up"),
        (
            "Microsoft.AspNetCore.Server.Kestrel",
            "Connection processing ended abnormally",
            "dotnet/aspnetcore issue 52324: one connection is closed"
        ),
        (
            "Microsoft.AspNetCore.Server.Kestrel",
            "GetAsciiOrUTF8String",
            "the trailers of a body that nobody reads are no UTF-8: one connection is closed"
        ),
        ("Microsoft.AspNetCore.Server.Kestrel", "Null characters are not allowed in request headers", "such trailers have a NUL"),
        (
            "Orleans.Runtime.MembershipService.SiloHealthMonitor",
            "consecutive failed probes is 1",
            "one probe is late on a busy machine: it takes two to matter"
        ),
        ("OrleansTwitterProxy.Core.Sessions.UserSession", "X refuses its refresh token", "X's token endpoint is scripted to fail"),
        ("OrleansTwitterProxy.Core.Twitter.TokenEndpoint", "since the last line like this", "X's token endpoint is scripted to fail"),
        ("OrleansTwitterProxy.Core.Sessions.LostGrants", "the answer with the next one was lost", "X is scripted to lose answers"),
        ("OrleansTwitterProxy.Core.Sessions.UserSession", "X has not confirmed the revocation", "X is scripted to fail"),
    ];

    public static bool Explains(LogLine line) =>
        Lines.Any(expected =>
            line.Category.StartsWith(expected.Category, StringComparison.Ordinal)
            && $"{line.Message} {line.Exception}".Contains(expected.Text, StringComparison.Ordinal)
        );
}
