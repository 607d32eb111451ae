namespace SandGlass.LoadTests.Planning;

/// <summary>
/// One of NBomber's load simulations, with its words. Rates are journeys begun an interval (open model: they begin whatever comes back),
/// copies are users at once, each with one journey after the other (closed model). Both may be decimals.
/// </summary>
internal abstract record Simulation
{
    /// <summary>Rates rather than copies; a pause is neither.</summary>
    public virtual bool Open => false;

    /// <summary>Copies rather than rates.</summary>
    public virtual bool Closed => false;

    /// <summary>Nothing may stand beside it.</summary>
    public virtual bool Alone => false;

    /// <summary>As it is when only this part of the load is wanted.</summary>
    public abstract Simulation Scale(double part);

    /// <summary>As NBomber writes it in JSON.</summary>
    public abstract string Json();

    protected static string Number(double value) => value.ToString("0.######", System.Globalization.CultureInfo.InvariantCulture);

    protected static string Time(TimeSpan span) => $"\"{span:c}\"";
}

/// <summary>The same rate all the time.</summary>
internal sealed record Inject(double Rate, TimeSpan Interval, TimeSpan During) : Simulation
{
    public override bool Open => true;

    public override Simulation Scale(double part) => this with { Rate = Rate * part };

    public override string Json() => $"{{ \"Inject\": [{Number(Rate)}, {Time(Interval)}, {Time(During)}] }}";
}

/// <summary>From the rate before (0 at first and after a pause) straight to this one.</summary>
internal sealed record RampingInject(double Rate, TimeSpan Interval, TimeSpan During) : Simulation
{
    public override bool Open => true;

    public override Simulation Scale(double part) => this with { Rate = Rate * part };

    public override string Json() => $"{{ \"RampingInject\": [{Number(Rate)}, {Time(Interval)}, {Time(During)}] }}";
}

/// <summary>Each interval has a rate of its own between the two.</summary>
internal sealed record InjectRandom(double MinRate, double MaxRate, TimeSpan Interval, TimeSpan During) : Simulation
{
    public override bool Open => true;

    public override Simulation Scale(double part) => this with { MinRate = MinRate * part, MaxRate = MaxRate * part };

    public override string Json() => $"{{ \"InjectRandom\": [{Number(MinRate)}, {Number(MaxRate)}, {Time(Interval)}, {Time(During)}] }}";
}

/// <summary>At this rate until so many have begun.</summary>
internal sealed record IterationsForInject(double Rate, TimeSpan Interval, long Iterations) : Simulation
{
    public override bool Open => true;

    public override bool Alone => true;

    public override Simulation Scale(double part) => this with { Rate = Rate * part, Iterations = (long)Math.Round(Iterations * part) };

    public override string Json() => $"{{ \"IterationsForInject\": [{Number(Rate)}, {Time(Interval)}, {Iterations}] }}";
}

/// <summary>So many users all the time.</summary>
internal sealed record KeepConstant(double Copies, TimeSpan During) : Simulation
{
    public override bool Closed => true;

    public override Simulation Scale(double part) => this with { Copies = Copies * part };

    public override string Json() => $"{{ \"KeepConstant\": [{Number(Copies)}, {Time(During)}] }}";
}

/// <summary>From the users before (0 at first and after a pause) straight to so many.</summary>
internal sealed record RampingConstant(double Copies, TimeSpan During) : Simulation
{
    public override bool Closed => true;

    public override Simulation Scale(double part) => this with { Copies = Copies * part };

    public override string Json() => $"{{ \"RampingConstant\": [{Number(Copies)}, {Time(During)}] }}";
}

/// <summary>So many users until so many journeys have begun.</summary>
internal sealed record IterationsForConstant(double Copies, long Iterations) : Simulation
{
    public override bool Closed => true;

    public override bool Alone => true;

    public override Simulation Scale(double part) =>
        this with { Copies = Math.Max(1, Copies * part), Iterations = (long)Math.Round(Iterations * part) };

    public override string Json() => $"{{ \"IterationsForConstant\": [{Number(Copies)}, {Iterations}] }}";
}

/// <summary>Nobody begins; who is under way goes on.</summary>
internal sealed record Pause(TimeSpan During) : Simulation
{
    public override Simulation Scale(double part) => this;

    public override string Json() => $"{{ \"Pause\": [{Time(During)}] }}";
}
