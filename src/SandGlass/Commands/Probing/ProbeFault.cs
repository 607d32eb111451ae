using System.Net.Sockets;
using System.Security.Authentication;

namespace SandGlass.Commands.Probing;

/// <summary>What went wrong at the other end, and what to do about it.</summary>
internal static class ProbeFault
{
    /// <summary>How long one is waited for. A backend that needs longer to say that it is well is not.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Whether it is the other end's fault, and not a mistake of ours.</summary>
    public static bool IsTheirs(Exception fault) =>
        fault is OperationCanceledException or SocketException or HttpRequestException or IOException or AuthenticationException or NotSupportedException;

    /// <summary>The words.</summary>
    public static string Say(Exception fault) => Chain(fault).Select(Known).OfType<string>().FirstOrDefault()
        ?? Advised(fault.GetBaseException().Message.Split('\n')[0].TrimEnd('.', '\r'));

    // Our own say what to do already.
    private static string Advised(string message) => message.Contains(';', StringComparison.Ordinal) ? message : message + "; look at its log";

    private static string? Known(Exception fault) => fault switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused; start it, or correct the address",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "its name does not resolve; correct it, or mend the DNS",
        SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown } => "no way leads there; look at routing and firewalls",
        SocketException { SocketErrorCode: SocketError.ConnectionReset } => "it cut the connection; look whether it speaks this protocol on this port",
        AuthenticationException => $"TLS failed ({fault.Message.Split('\n')[0].TrimEnd('.')}); correct the scheme or the certificate",
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError } =>
            "what answers there does not speak this version of HTTP; correct port or scheme",
        OperationCanceledException => "no answer within 1 s; look whether it is overloaded, or a firewall swallows packets",
        _ => null,
    };

    private static IEnumerable<Exception> Chain(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            yield return fault;
        }
    }
}
