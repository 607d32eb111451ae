namespace SandGlass.Commands;

/// <summary>Whoever read the output has had enough of it: no error, and nobody to tell.</summary>
internal sealed class OutputClosedException : Exception;
