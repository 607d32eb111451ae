using System.Globalization;
using SandGlass.CalmProbe;

// bench.sh's sender for what a given load feels like: calm-probe RATE CYCLES CONNECTIONS SEED NAME=URL…
// In each cycle every target has one turn of Poisson arrivals at RATE, a third of a second counted, with the same moments for each; who begins, and
// which way round it goes, changes with the cycle. Prints a line a turn, and one of all of a target's turns together (cycle 0):
//   cycle, name, requests a second, p50, p90, p99, p99.9 in ms, p99 of how late requests were sent in ms
const double Counted = 1 / 3.0, Lead = 0.1;
if (args.Length < 5 || !args[4..].All(static a => a.Contains('=', StringComparison.Ordinal)))
{
    Console.Error.WriteLine("calm-probe: use RATE CYCLES CONNECTIONS SEED NAME=URL… as bench.sh does; load-tests/bench.sh does it all");
    return 2;
}

var (rate, cycles, connections, seed) = (Number(args[0]), Number(args[1]), Number(args[2]), Number(args[3]));
var targets = args[4..].Select(a => a.Split('=', 2)).Select(a => new Target(a[0], new(a[1]), connections)).ToArray();
var turns = targets.Select(static t => new Turn(t, TimeProvider.System)).ToArray();
var sum = targets.Select(static _ => new Samples(0)).ToArray();

Kernel.WakeInTime();
try
{
    for (var cycle = -1; cycle <= cycles; cycle++)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            var step = (cycle + 1 + i) % targets.Length;
            var target = cycle % 2 == 0 ? step : targets.Length - 1 - step;
            var samples = new Samples((int)(rate * Counted * 1.2));
            turns[target].Run(rate, Lead, Counted, seed + cycle, samples);
            if (cycle > 0)
            {
                Tell(cycle, target, samples, 1);
                sum[target].AddAll(samples);
            }
        }
    }

    for (var i = 0; i < targets.Length; i++)
    {
        Tell(0, i, sum[i], cycles);
    }
}
catch (InvalidDataException fault)
{
    Console.Error.WriteLine($"calm-probe: {fault.Message}");
    return 4;
}

return 0;

void Tell(int cycle, int target, Samples samples, int counted) => Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{cycle}\t{targets[target].Name}\t{samples.Count / (counted * Counted):0}\t{samples.Took(0.5):0.000}\t{samples.Took(0.9):0.000}\t{samples.Took(0.99):0.000}\t{samples.Took(0.999):0.000}\t{samples.Late99():0.000}"));

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
