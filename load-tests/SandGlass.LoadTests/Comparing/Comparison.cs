using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SandGlass.LoadTests.Commands;
using SandGlass.LoadTests.Processes;

namespace SandGlass.LoadTests.Comparing;

/// <summary>A whole comparison, as its JSON holds it.</summary>
/// <param name="Began">Its begin.</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Cores">How many, for peers, shop and generator together.</param>
/// <param name="Plan">What was sent.</param>
/// <param name="Peers">Those that took part, and their versions.</param>
/// <param name="Skipped">Those that did not, and why.</param>
/// <param name="Cells">Each measurement.</param>
internal sealed record ComparisonReport(
    DateTimeOffset Began, string Machine, int Cores, TrialPlan Plan, IReadOnlyList<PeerVersion> Peers, IReadOnlyList<string> Skipped, IReadOnlyList<Cell> Cells)
{
    public const string CurrentFormat = "sandglass-compare/1";

    public string Format { get; init; } = CurrentFormat;

    /// <summary>It ended before its time, by Ctrl-C or SIGTERM, with this many cells still to come; null where it did not.</summary>
    public int? CutBefore { get; init; }
}

/// <summary>Who took part.</summary>
internal sealed record PeerVersion(string Name, string Version);

/// <summary>All cells, in turns: each load of each round goes through every peer before the next begins, so that a machine that changes changes for all.</summary>
internal sealed partial class Comparison(TrialPlan plan, IReadOnlyList<Peer> peers, IReadOnlyList<double> loads, int rounds, TimeProvider time)
{
    /// <param name="folder">For the programs' files; each cell has one of its own in it.</param>
    /// <param name="skipped">Who does not take part, told in the report.</param>
    /// <param name="progress">Told before each cell, with how many there are, and after the last.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<ComparisonReport> RunAsync(string folder, IReadOnlyList<string> skipped, Action<string> progress, CancellationToken cancel)
    {
        var began = time.GetUtcNow();
        var from = time.GetTimestamp();
        List<PeerVersion> versions = [];
        foreach (var peer in peers)
        {
            versions.Add(new(peer.Name, await VersionAsync(peer, cancel)));
        }

        (int Round, double Times, Peer Peer)[] turns =
            [.. from round in Enumerable.Range(1, rounds) from times in loads from peer in Rotated(round) select (round, times, peer)];
        List<Cell> cells = [];
        var trial = new Trial(plan, time);
        try
        {
            foreach (var (i, (round, times, peer)) in turns.Index())
            {
                var left = i == 0 ? string.Empty : $", about {Math.Ceiling(time.GetElapsedTime(from).TotalMinutes / i * (turns.Length - i)):0} min left";
                progress($"{i + 1} of {turns.Length}: {Tables.Times(times)} the capacity through {peer.Name}{(rounds > 1 ? $", round {round}" : string.Empty)}{left}");
                var own = Directory.CreateDirectory(Path.Combine(folder, $"{i + 1:000}")).FullName;
                cells.Add(await trial.RunAsync(peer, times, round, own, cancel));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or HttpRequestException or UsageException && Cut.Short(cancel) && cells.Count > 0)
        {
            // What is measured is told; the cell that was under way is not.
        }

        return new(began, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}", Environment.ProcessorCount, plan, versions, skipped, cells)
        {
            CutBefore = cells.Count < turns.Length ? turns.Length - cells.Count : null,
        };
    }

    // Another one begins in each round.
    private IEnumerable<Peer> Rotated(int round) => peers.Skip((round - 1) % peers.Count).Concat(peers.Take((round - 1) % peers.Count));

    private static async Task<string> VersionAsync(Peer peer, CancellationToken cancel)
    {
        if (peer.AsksVersion is not { } command)
        {
            return peer.OurVersion;
        }

        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        var version = Number().Match(await said + await complained);
        await process.WaitForExitAsync(cancel);
        return version.Success ? version.Value : "unknown";
    }

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex Number();
}
