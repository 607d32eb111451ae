using SandGlass.Fleet;
using SandGlass.Policy;

namespace SandGlass.Commands.Probing;

/// <summary>
/// Asks everything that a policy leans on, and the machine, whether it is ready: each destination, Redis, each secret. All at once but for
/// a bound, each within a second; the results come in the order of the policy.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="variable">Environment variables.</param>
internal sealed class PolicyProbe(TimeProvider time, Func<string, string?> variable)
{
    /// <summary>A policy may list thousands; a check is no attack.</summary>
    private const int MostAtOnce = 64;

    /// <summary>Asks.</summary>
    /// <param name="policy">Valid.</param>
    /// <param name="baseDirectory">Where the policy's relative paths begin.</param>
    /// <param name="facts">The machine.</param>
    /// <param name="running">The status of a gateway that runs, which knows what it could repeat; null: none is asked.</param>
    /// <param name="cancel">Nobody waits any more.</param>
    public async Task<IReadOnlyList<ProbeResult>> AskAsync(
        GatewayPolicy policy, string baseDirectory, MachineFacts facts, System.Text.Json.JsonElement? running, CancellationToken cancel)
    {
        using var client = DestinationProbe.Client();
        var asked = new List<(string What, string Name, Func<CancellationToken, Task<string>> Ask)>();
        foreach (var (name, backend) in policy.Backends)
        {
            asked.AddRange(backend.Destinations.Select(destination => (
                "backend", $"{name}/{destination.Key} {destination.Value}",
                (Func<CancellationToken, Task<string>>)(token => DestinationProbe.AskAsync(client, destination.Value, backend.Health, token)))));
        }

        if (policy.Fleet is { } fleet && Resolve(fleet.Redis, baseDirectory) is { } connection)
        {
            var address = RedisAddress.TryParse(connection, out var wrong);
            asked.AddRange((address?.Nodes ?? []).Select(node => (
                "redis", $"{node.Host}:{node.Port}",
                (Func<CancellationToken, Task<string>>)(token => RedisProbe.AskAsync(node.Host, node.Port, address!.Tls, token)))));
            if (address is null)
            {
                asked.Add(("redis", "fleet.redis", _ => throw new IOException($"the connection {wrong}")));
            }
        }

        var results = new ProbeResult[asked.Count];
        await Parallel.ForAsync(0, asked.Count, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancel }, async (i, token) =>
            results[i] = await OneAsync(asked[i].What, asked[i].Name, asked[i].Ask, token).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. results, .. Secrets(policy, baseDirectory), .. FallbackProbe.Ask(policy, baseDirectory, results, running), .. MachineProbe.Ask(policy, facts)];
    }

    private async Task<ProbeResult> OneAsync(string what, string name, Func<CancellationToken, Task<string>> ask, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        using var patience = new CancellationTokenSource(ProbeFault.Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            var detail = await ask(both.Token).ConfigureAwait(false);
            return new(what, name, true, detail, Since(began));
        }
        catch (Exception fault) when (ProbeFault.IsTheirs(fault) && !cancel.IsCancellationRequested)
        {
            return new(what, name, false, ProbeFault.Say(fault), Since(began));
        }
    }

    private double Since(long began) => Math.Round(time.GetElapsedTime(began).TotalMilliseconds, 1);

    private IEnumerable<ProbeResult> Secrets(GatewayPolicy policy, string baseDirectory)
    {
        (string Pointer, string? Text)[] all = [.. (policy.Edge.Proof?.Secret ?? []).Select(static s => ("edge.proof.secret", (string?)s)), ("fleet.redis", policy.Fleet?.Redis)];
        foreach (var (pointer, text) in all)
        {
            if (text is not null && SecretReference.TryParse(text, out var reference))
            {
                var there = reference.Resolve(baseDirectory, variable) is not null;
                yield return new("secret", $"{pointer} {text}", there, there ? "is there"
                    : reference.IsFile ? "missing, unreadable or empty; write the file" : "not set here; set it where the gateway runs");
            }
        }
    }

    private string? Resolve(string text, string baseDirectory) =>
        SecretReference.TryParse(text, out var reference) ? reference.Resolve(baseDirectory, variable) : text;
}
