using Xunit;

namespace SandGlass.Tests;

/// <summary>Tests that measure rates by the real clock run by themselves: two cores that do something else show in the figures.</summary>
[CollectionDefinition(nameof(RealTime), DisableParallelization = true)]
public sealed class RealTime;
