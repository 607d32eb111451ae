using System.Runtime.CompilerServices;
using Xunit;

namespace SandGlass.Tests;

/// <summary>Tests that hold real sockets against a deadline of a second run by themselves: beside 20,000 mutated policies two cores miss it.</summary>
[CollectionDefinition(nameof(RealTime), DisableParallelization = true)]
public sealed class RealTime
{
    // Tests that compute for half a minute hold the pool's two first threads; a socket's answer must not wait until the pool grows.
    [ModuleInitializer]
    internal static void Widen() => ThreadPool.SetMinThreads(32, 32);
}
