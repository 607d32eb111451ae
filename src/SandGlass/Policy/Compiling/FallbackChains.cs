using System.Collections.Frozen;
using SandGlass.Layers.Fallback;
using SandGlass.Yarp;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes the policy's fallbacks, each with the one that stands in for it.</summary>
/// <param name="compilation">What there is to compile.</param>
internal sealed class FallbackChains(Compilation compilation)
{
    /// <summary>Those that lean on nothing. Their files are read now.</summary>
    /// <exception cref="IOException">A file went away since the policy was checked.</exception>
    public Dictionary<string, FallbackPlan> Fixed(string baseDirectory) =>
        compilation.Policy.Fallbacks.Where(static f => f.Value.Else is null).ToDictionary(
            static f => f.Key, f => FallbackCompiler.Fixed(f.Key, f.Value, baseDirectory, compilation.State.Fallback(f.Key)), StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    /// <param name="files">The fixed ones.</param>
    /// <param name="backends">Those that may stand in.</param>
    public Dictionary<string, FallbackPlan> All(Dictionary<string, FallbackPlan> files, FrozenDictionary<string, BackendPlan> backends)
    {
        var made = new Dictionary<string, FallbackPlan>(files, StringComparer.Ordinal);
        foreach (var name in compilation.Policy.Fallbacks.Keys)
        {
            Make(name);
        }

        return made;

        FallbackPlan Make(string name)
        {
            if (made.TryGetValue(name, out var known))
            {
                return known;
            }

            var written = compilation.Policy.Fallbacks[name];
            // What stands in where it has nothing to give; the validator has found that this leads to an end, which is a fixed answer.
            return made[name] = FallbackCompiler.Found(
                name, written, Make(written.Else!), written.Backend is { } other ? backends[other] : null, compilation.Frequency, compilation.State.Fallback(name));
        }
    }
}
