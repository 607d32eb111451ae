using System.Collections.Concurrent;
using SandGlass.Policy;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Policy.Torture;

public sealed class MutationTests
{
    private const int Mutations = 20_000;
    private const int InARow = 100;
    private const int Seed = 20261111;

    /// <summary>Many times what it takes; only a mutation that never ends waits it out.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Twenty_thousand_damaged_policies_are_taken_whole_or_told_and_change_nothing()
    {
        Mutator[] mutators =
        [
            new(File.ReadAllBytes(Path.Combine(Repository.Config, "policy.json"))),
            new(File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "SandGlass.Tests", "Policy", "example.json"))),
        ];
        var underWay = new ConcurrentDictionary<int, int>();
        int valid = 0, json = 0;

        Task all = Task.Run(() => Parallel.For(0, Mutations / InARow, row =>
        {
            // Counters of routes are never forgotten, so a gateway of its own each, lest the last row compares the names of all.
            using var glass = new Glass(Policies.With(), Repository.Config);
            for (int i = row * InARow; i < (row + 1) * InARow; i++)
            {
                underWay[row] = i;
                byte[] damaged = mutators[i % 4 == 3 ? 1 : 0].Mutate(new Random(Seed + i));
                try
                {
                    Json expected = StrictJson.Judge(damaged);
                    PolicyReading reading = Judged.Apply(glass, damaged, expected);
                    Interlocked.Add(ref valid, reading.Valid ? 1 : 0);
                    Interlocked.Add(ref json, expected == Json.Valid ? 1 : 0);
                }
                catch (Exception fault)
                {
                    throw new InvalidOperationException($"mutation {i} of seed {Seed}: {fault.Message}", fault);
                }
            }

            underWay.TryRemove(row, out _);
        }));

        Assert.True(await Task.WhenAny(all, Task.Delay(Patience, TimeProvider.System)) == all, $"does not end: one of the mutations {string.Join(", ", underWay.Values)}");
        await all;
        Xunit.TestContext.Current.TestOutputHelper?.WriteLine($"{Mutations} mutations: {json} still JSON, {valid} valid policies");
        // The dice reach all the way in: both ends of the reader are tried.
        Assert.True(valid > Mutations / 20 && json > Mutations / 3 && json < Mutations * 2 / 3, $"{json} still JSON, {valid} valid");
    }
}
