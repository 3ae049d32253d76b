using System.Text.Json.Serialization;

namespace OrleansTwitterProxy.Core.Media;

/// <summary>Where an upload stands. In records by name, so that a sweep can ask for it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UploadState>))]
public enum UploadState
{
    /// <summary>Bytes are awaited.</summary>
    Receiving,

    /// <summary>Every byte is at X, which is being asked to put them together.</summary>
    Finalizing,

    /// <summary>X is at work on it; or the alternative text is still to be told.</summary>
    Processing,

    /// <summary>The media can be attached to a tweet.</summary>
    Succeeded,

    /// <summary>It will not come to anything: the error says why.</summary>
    Failed,
}
