using System.Text;

namespace OrleansTwitterProxy.Tests.Canary;

/// <summary>An HTTP client that keeps every answer: status line, every header, the body as sent.</summary>
internal sealed class RecordingClient(Evidence evidence)
    : DelegatingHandler(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        }
    )
{
    private int _count;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var name = $"{request.Method} {request.RequestUri!.AbsolutePath} #{Interlocked.Increment(ref _count)}";
        var response = await base.SendAsync(request, cancellationToken);
        var headers = new StringBuilder().Append((int)response.StatusCode).Append(' ').AppendLine(response.ReasonPhrase);
        foreach (var (header, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            headers.AppendLine($"{header}: {values}");
        evidence.Add($"headers {name}", headers.ToString());
        evidence.Add($"body {name}", await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return response;
    }
}
