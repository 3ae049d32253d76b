namespace OrleansTwitterProxy.Core.Sessions;

/// <summary>
/// X's access token in the clear. Prints as a redaction; <see cref="Reveal"/> is for the Authorization header and the cipher only.
/// </summary>
public readonly record struct AccessToken(string Value)
{
    private string Value { get; } = Value;

    public string Reveal() => Value;

    public override string ToString() => "[access token]";
}

/// <summary>
/// X's refresh token in the clear: single use. Prints as a redaction; <see cref="Reveal"/> is for the token endpoint and the cipher only.
/// </summary>
public readonly record struct RefreshToken(string Value)
{
    private string Value { get; } = Value;

    public string Reveal() => Value;

    public override string ToString() => "[refresh token]";
}
