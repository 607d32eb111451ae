using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("SandGlass.Algorithms.Tests")]
