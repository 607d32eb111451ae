using System.Globalization;
using SandGlass.Policy;

namespace SandGlass.Fleet;

/// <summary>Where Redis is, read from <c>host:6379,password=…,ssl=true</c> or <c>redis[s]://:password@host:6379/0</c>.</summary>
/// <param name="Nodes">Host and port of each.</param>
/// <param name="Tls">Whether it speaks TLS.</param>
/// <param name="User">The name of an access list; null: Redis' default user.</param>
/// <param name="Password">Null: none.</param>
/// <param name="Database">Its number.</param>
public sealed record RedisAddress(IReadOnlyList<(string Host, int Port)> Nodes, bool Tls, string? User, string? Password, int Database)
{
    private const int DefaultPort = 6379;

    /// <summary>Without password.</summary>
    public override string ToString() => string.Join(',', Nodes.Select(static n => $"{n.Host}:{n.Port.ToString(CultureInfo.InvariantCulture)}"));

    /// <inheritdoc/>
    public bool Equals(RedisAddress? other) =>
        other is not null && ToString() == other.ToString() && (Tls, User, Password, Database) == (other.Tls, other.User, other.Password, other.Database);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ToString(), Tls, Database);

    /// <summary>Reads one; null with the reason, in which nothing secret stands, where it is none or one that the client cannot use.</summary>
    public static RedisAddress? TryParse(string text, out string wrong)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? Url(text, out wrong) : List(text, out wrong);
        if (address is null)
        {
            return null;
        }

        wrong = address.Nodes.Count == 0 ? "names no host; write \"host:6379\""
            : !RedisLink.IsModern && address.Nodes.Any(static n => n.Host.Contains(':')) ? "has an IPv6 address, which this build's Redis client (1.2.6) cannot use; write a host name or an IPv4 address"
            : !RedisLink.IsModern && address.User is not null ? "has a user name, which this build's Redis client (1.2.6) cannot send; give the password of Redis' default user"
            : string.Empty;
        return wrong.Length == 0 ? address : null;
    }

    private static RedisAddress? Url(string text, out string wrong)
    {
        wrong = "is no Redis URL; write redis://:password@host:6379/0, or rediss://… for TLS";
        var tls = text.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase);
        if (!tls && !text.StartsWith("redis://", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // All before the last '@' is name and password, whatever characters they have.
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var at = rest.LastIndexOf('@');
        var log = at < 0 ? [] : rest[..at].Split(':', 2);
        var parts = rest[(at + 1)..].Split('?')[0].Split('/', 2);
        var database = 0;
        if (parts is [_, { Length: > 0 } number] && !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out database))
        {
            return null;
        }

        var nodes = new List<(string, int)>();
        if (parts[0].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Any(node => !AddNode(nodes, node)))
        {
            return null;
        }

        return new(nodes, tls, Named(Uri.UnescapeDataString(log.FirstOrDefault(string.Empty))), log is [_, { Length: > 0 } password] ? Uri.UnescapeDataString(password) : null, database);
    }

    private static RedisAddress? List(string text, out string wrong)
    {
        var address = new RedisAddress([], false, null, null, 0);
        var nodes = new List<(string, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? string.Empty : part[..equals].Trim();
            var value = part[(equals + 1)..].Trim();
            wrong = equals < 0
                ? "has a part that is neither host:port nor option=value"
                : $"has the option {Words.Quote(key)} with a value that cannot be read, or that SandGlass does not know; there are password, user, ssl, defaultDatabase";
            var database = 0;
            if (equals < 0 ? !AddNode(nodes, part)
                : key.ToUpperInvariant() switch
                {
                    "PASSWORD" or "USER" => value.Length == 0,
                    "SSL" => !bool.TryParse(value, out _),
                    "DEFAULTDATABASE" => !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out database),
                    // Those of the client's own that are always as we need them.
                    "ABORTCONNECT" or "CONNECTTIMEOUT" or "CONNECTRETRY" or "SYNCTIMEOUT" or "ASYNCTIMEOUT" or "KEEPALIVE" or "NAME" or "ALLOWADMIN" or "SSLHOST" or "RESOLVEDNS" => false,
                    _ => true,
                })
            {
                return null;
            }

            address = key.ToUpperInvariant() switch
            {
                "PASSWORD" => address with { Password = value },
                "USER" => address with { User = Named(value) },
                "SSL" => address with { Tls = bool.Parse(value) },
                "DEFAULTDATABASE" => address with { Database = database },
                _ => address,
            };
        }

        wrong = string.Empty;
        return address with { Nodes = nodes };
    }

    private static string? Named(string name) => name is "" or "default" ? null : name;

    private static bool AddNode(List<(string, int)> nodes, string text)
    {
        var bracket = text.LastIndexOf(']');
        var colon = text.LastIndexOf(':');
        // Two colons and no brackets: an IPv6 address without a port.
        var hasPort = colon > bracket && (bracket >= 0 || text.IndexOf(':') == colon);
        var port = DefaultPort;
        if (hasPort && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
        {
            return false;
        }

        var host = (hasPort ? text[..colon] : text).Trim('[', ']');
        nodes.Add((host, port));
        return host.Length > 0 && !host.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c));
    }
}
