using System.Net;
using System.Net.Sockets;

namespace SandGlass.LoadTests.Processes;

/// <summary>Ports of loopback that nobody has.</summary>
internal static class FreePort
{
    /// <summary>So many different ones: all are held until the last is found.</summary>
    public static IReadOnlyList<int> Take(int count)
    {
        List<TcpListener> held = [];
        try
        {
            for (var i = 0; i < count; i++)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                held.Add(listener);
                listener.Start();
            }

            return [.. held.Select(static l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            held.ForEach(static l => l.Dispose());
        }
    }
}
