using System.CommandLine;
using SandGlass.Hosting;
using SandGlass.Policy;

namespace SandGlass.Commands;

/// <summary><c>sandglass run</c>: the gateway.</summary>
internal static class RunCommand
{
    public static Command Make(TextWriter output)
    {
        var policy = new Option<string>("--policy") { Description = "The policy's file; watched, and taken again whenever it changes", HelpName = "FILE", Required = true };
        var drain = new Option<string>("--drain")
        {
            Description = "How long to serve on after SIGTERM, so that load balancers notice",
            HelpName = "DURATION",
            DefaultValueFactory = static _ => "10s",
        };
        drain.Validators.Add(result =>
        {
            if (!Duration.TryParse(result.GetValueOrDefault<string>() ?? string.Empty, out var value) || value.Value < TimeSpan.Zero)
            {
                result.AddError($"--drain must be {Duration.HowToWrite}");
            }
        });
        var redis = new Option<string>("--redis")
        {
            Description = "Redis of the fleet, instead of the policy's fleet.redis: host:6379, or redis://…; env:NAME and file:PATH keep passwords off the command line",
            HelpName = "CONN",
        };
        var settings = new GatewaySettings();
        var command = new Command("run", "The gateway.") { policy, drain, redis };
        settings.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var wait = Duration.TryParse(parsed.GetValue(drain)!, out var given) ? given.Value : TimeSpan.Zero;
            await using var host = await GatewayHost.StartAsync(
                settings.Read(parsed, parsed.GetValue(policy)!, "http://127.0.0.1:8080") with { Redis = Secret(parsed.GetValue(redis)) }, cancellationToken).ConfigureAwait(false);
            // Where the access log goes to standard output, it has it for itself.
            await StandardOutput.TellAsync(
                host.Store.Current.AccessLog?.Policy.To == AccessLogTarget.Stdout ? Console.Error : output,
                $"SandGlass serves {host.Store.Current.Policy.Name} (revision {host.Store.Current.Revision}) on {string.Join(", ", host.Addresses)}; console and API on {host.AdminAddress}")
                .ConfigureAwait(false);
            _ = host.PrepareFirstThrow();
            await Signals.RunUntilStoppedAsync(host, wait, cancellationToken).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    // A command line can be read by everybody on the machine.
    private static string? Secret(string? given) => given is null || !SecretReference.TryParse(given, out var reference) ? given
        : reference.Resolve(Environment.CurrentDirectory, Environment.GetEnvironmentVariable)
            ?? throw new StartException(2, $"--redis {given}: nothing is there; set the variable, or write the file");
}
