using NBomber.Contracts;
using SandGlass.LoadTests.Export;
using SandGlass.LoadTests.Planning;
using Theirs = NBomber.CSharp.Simulation;

namespace SandGlass.OnNBomber;

/// <summary>Our simulations in NBomber's words. They have the same names; NBomber's rates and copies are whole.</summary>
internal static class Simulations
{
    public static LoadSimulation Map(Simulation simulation) => NBomberExport.Whole(simulation, string.Empty, static _ => { }) switch
    {
        Inject i => Theirs.Inject(rate: (int)i.Rate, interval: i.Interval, during: i.During),
        RampingInject i => Theirs.RampingInject(rate: (int)i.Rate, interval: i.Interval, during: i.During),
        InjectRandom i => Theirs.InjectRandom(minRate: (int)i.MinRate, maxRate: (int)i.MaxRate, interval: i.Interval, during: i.During),
        IterationsForInject i => Theirs.IterationsForInject(rate: (int)i.Rate, interval: i.Interval, iterations: (int)i.Iterations),
        KeepConstant k => Theirs.KeepConstant(copies: (int)k.Copies, during: k.During),
        RampingConstant k => Theirs.RampingConstant(copies: (int)k.Copies, during: k.During),
        IterationsForConstant k => Theirs.IterationsForConstant(copies: (int)k.Copies, iterations: (int)k.Iterations),
        Pause p => Theirs.Pause(during: p.During),
        _ => throw new ArgumentOutOfRangeException(nameof(simulation), simulation, "is no simulation of NBomber's"),
    };
}
