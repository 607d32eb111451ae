namespace SandGlass.Policy;

/// <summary>A line for every request that has ended: JSON, as `sandglass-load replay` reads it. Default: none is written.</summary>
public sealed record AccessLogPolicy
{
    /// <summary>
    /// Where lines go: "file" is access.jsonl in the state folder, "stdout" for whoever collects a container's output. Default "file".
    /// </summary>
    public AccessLogTarget To { get; init; } = AccessLogTarget.File;

    /// <summary>Size at which a new file is begun, "16MB".."16GB". Default "256MB". Not used with "stdout".</summary>
    [Within("16MB", "16GB")]
    public ByteSize MaxFileSize { get; init; } = new(256 << 20);

    /// <summary>How many files are kept, the one being written among them, 1..100. Default 4. Not used with "stdout".</summary>
    [Within(1, 100)]
    public int Files { get; init; } = 4;

    /// <summary>Share of the clients whose requests are logged, above 0..1. Default 1. A client is always on the same side, so what is logged of it is all.</summary>
    [Within(0, 1, AboveLeast = true)]
    public double Fraction { get; init; } = 1;

    /// <summary>What is written of a client, and of the TCP peer: "hash" (the same for the same client, and no way back), "address" or "none". Default "hash".</summary>
    public AccessLogClient Client { get; init; } = AccessLogClient.Hash;

    /// <summary>
    /// Where the secret is that addresses are hashed with: "env:NAME" or "file:PATH". Default: one that is made up at the first start and kept in the
    /// state folder. Give all gateways of a fleet the same, and a client is the same in all of their logs.
    /// </summary>
    public string? HashSecret { get; init; }

    /// <summary>Whether the query is part of `url`. Default true. Turn it off where queries carry what a log must not have; a replay then asks without it.</summary>
    public bool Query { get; init; } = true;
}

/// <summary>Where the access log goes.</summary>
public enum AccessLogTarget
{
    /// <summary>Into files in the state folder.</summary>
    File,

    /// <summary>To standard output.</summary>
    Stdout,
}

/// <summary>What the access log says of a client.</summary>
public enum AccessLogClient
{
    /// <summary>A keyed hash of its address: 16 hexadecimal digits.</summary>
    Hash,

    /// <summary>Its address.</summary>
    Address,

    /// <summary>Nothing.</summary>
    None,
}
