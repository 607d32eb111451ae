namespace SandGlass.Algorithms.Concurrency;

/// <summary>
/// Sees to it that no class starves: of every 1/floor permits handed to waiters of higher classes, one is for a class that wanted one and
/// got none. A class in a full queue has no waiter to give it to, so the debt is paid to its next newcomer. The gate's lock guards it.
/// </summary>
internal sealed class ClassFloor
{
    private readonly int[] _passedOver = new int[GateQueue.Classes];
    private readonly bool[] _wanted = new bool[GateQueue.Classes];

    /// <summary>Somebody of this class waits or was refused.</summary>
    public void Wants(int criticality) => _wanted[criticality] = true;

    /// <summary>A waiter of this class was admitted.</summary>
    public void Served(int criticality)
    {
        _passedOver[criticality] = 0;
        _wanted[criticality] = false;
        for (int lower = 0; lower < criticality; lower++)
        {
            _passedOver[lower] += _wanted[lower] ? 1 : 0;
        }
    }

    /// <summary>Whether the next of this class goes before all others; if so, the debt counts as paid.</summary>
    public bool Takes(int criticality, double floor)
    {
        if (floor <= 0 || _passedOver[criticality] < 1 / floor)
        {
            return false;
        }

        _passedOver[criticality] = 0;
        return true;
    }
}
