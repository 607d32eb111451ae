using SandGlass.LoadTests.Planning;

namespace SandGlass.LoadTests.Running;

/// <summary>The users of one scenario of the closed model. Under the engine's lock.</summary>
internal sealed class UserPool(int scenario, ClosedPlan plan, TimeSpan warmUp)
{
    private readonly HashSet<int> _busy = [];
    private long _begun;

    public int Scenario => scenario;

    /// <summary>Journeys begun so far, warm-up included.</summary>
    public long Number { get; private set; }

    /// <summary>Whether nobody will begin any more.</summary>
    public bool Over(double at) => at >= plan.Seconds || _begun >= plan.Iterations;

    /// <summary>A user who should be on his way and is not, or null. Warm-up has as many users as the plan has at most.</summary>
    public int? Begin(double at)
    {
        if (at < -warmUp.TotalSeconds || Over(at))
        {
            return null;
        }

        var copies = at < 0 ? plan.Most : plan.CopiesAt(at);
        if (_busy.Count >= copies)
        {
            return null;
        }

        for (var user = 0; user < copies; user++)
        {
            if (_busy.Add(user))
            {
                _begun += at < 0 ? 0 : 1;
                Number++;
                return user;
            }
        }

        return null;
    }

    public void End(int user) => _busy.Remove(user);
}
