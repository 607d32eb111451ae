namespace SandGlass.Algorithms.Guarding;

/// <summary>
/// What a busy processor says of the gateway's load. A gateway that uses all that it may and keeps nobody waiting is well used, not
/// overloaded: clients that send again as soon as they are answered bring any gateway there. So the CPU in use by itself brings the load to
/// <see cref="CutOff.Calm"/> at most, where idle connections go and nobody is refused; above it counts as far as work waits for a thread:
/// in full from <see cref="FullAt"/> of the bound of that wait, which says overload by itself only at a multiple of it.
/// </summary>
public static class BusyProcessor
{
    /// <summary>Up to this fraction of its bound a wait is what every busy machine has.</summary>
    public const double NoneAt = 0.1;

    /// <summary>From this fraction of its bound on a wait shows that the processor is short.</summary>
    public const double FullAt = 0.3;

    /// <summary>The load, 0..1.</summary>
    /// <param name="cpu">CPU in use as a fraction of its bound; what is no number counts as 0.</param>
    /// <param name="delay">How long work waits for a thread as a fraction of its bound; what is no number counts as 0.</param>
    public static double Load(double cpu, double delay)
    {
        cpu = double.IsNaN(cpu) ? 0 : Math.Clamp(cpu, 0, 1);
        delay = double.IsNaN(delay) ? 0 : delay;
        return cpu <= CutOff.Calm ? cpu : CutOff.Calm + ((cpu - CutOff.Calm) * Math.Clamp((delay - NoneAt) / (FullAt - NoneAt), 0, 1));
    }
}
