namespace SandGlass.DemoShop;

/// <summary>A backend's port belongs to someone else. The message is one line that says what to do.</summary>
public sealed class ShopPortTakenException(string backend, int port, Exception? inner = null)
    : Exception($"port {port} for {backend} is taken; stop what listens there or choose another with --ports {backend}=PORT (0 takes any free one)", inner)
{
    public string Backend { get; } = backend;

    public int Port { get; } = port;
}
