namespace SandGlass.Request;

/// <summary>Whether the gateway is about to stop, and how clients hear of it.</summary>
internal sealed class Draining
{
    /// <summary>Whether it is.</summary>
    public bool IsOn { get; set; }

    /// <summary>
    /// Clients shall come back on another connection; again, wherever an answer's head was cleared. HTTP/2 has no such header; there Kestrel
    /// says GOAWAY when the listener closes.
    /// </summary>
    public void Tell(HttpContext http)
    {
        if (IsOn && http.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
        {
            http.Response.Headers.Connection = "close";
        }
    }
}
