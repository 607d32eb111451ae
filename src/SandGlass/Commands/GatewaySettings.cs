using System.CommandLine;
using SandGlass.Hosting;

namespace SandGlass.Commands;

/// <summary>The options that <c>run</c> and <c>demo</c> share.</summary>
internal sealed class GatewaySettings
{
    public Option<string[]> Listen { get; } = new("--listen")
    {
        Description = "Where to take the site's traffic: http://host:port (HTTP/1.1), h2c://… (HTTP/2 without TLS), https://…; may be given more than once",
        HelpName = "URL",
    };

    public Option<string> Admin { get; } = new("--admin")
    {
        Description = "Where to serve operators; anything but loopback needs SANDGLASS_ADMIN_TOKEN",
        HelpName = "URL",
        DefaultValueFactory = static _ => "http://127.0.0.1:9901",
    };

    public Option<string> State { get; } = new("--state")
    {
        Description = "Folder for what must outlive the process: switches, audit, the last good policy",
        HelpName = "DIR",
        DefaultValueFactory = static _ => "./state",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(Listen);
        command.Options.Add(Admin);
        command.Options.Add(State);
    }

    /// <summary>Whether an option was written, even with its default.</summary>
    public static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    public GatewayOptions Read(ParseResult parsed, string policy, params string[] listen)
    {
        var given = parsed.GetValue(Listen);
        return new()
        {
            PolicyFile = policy,
            Listen = given is { Length: > 0 } ? given : listen,
            Admin = parsed.GetValue(Admin)!,
            StateDirectory = parsed.GetValue(State)!,
            AdminToken = Environment.GetEnvironmentVariable("SANDGLASS_ADMIN_TOKEN") is { Length: > 0 } token ? token : null,
            ViewerToken = Environment.GetEnvironmentVariable("SANDGLASS_VIEWER_TOKEN") is { Length: > 0 } viewer ? viewer : null,
        };
    }
}
