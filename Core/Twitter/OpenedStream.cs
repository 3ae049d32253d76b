namespace OrleansTwitterProxy.Core.Twitter;

/// <summary>A stream of X's whose body is still coming, or how the attempt to open it ended. Disposing closes the connection.</summary>
/// <param name="result">Status and headers; the body only of a response that is no stream.</param>
/// <param name="response">What is disposed of with this; null when there is no stream.</param>
/// <param name="body">The stream; null when there is none.</param>
public sealed class OpenedStream(UpstreamResult result, HttpResponseMessage? response = null, Stream? body = null) : IDisposable
{
    public UpstreamResult Result => result;

    public Stream? Body => body;

    public void Dispose() => response?.Dispose();
}
