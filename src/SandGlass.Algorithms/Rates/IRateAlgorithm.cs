namespace SandGlass.Algorithms.Rates;

/// <summary>
/// A way of counting what one key asks for: plain functions of plan, state and time, over a state small enough to stand in a
/// <see cref="RateTable{TPlan,TState,TAlgorithm}"/> a million times. The plan comes in with each call, so a reload changes it and keeps
/// the state. The owner of the state holds the lock. Static, so that the table's code is made once for each algorithm and calls nothing.
/// </summary>
/// <typeparam name="TPlan">What is allowed.</typeparam>
/// <typeparam name="TState">What one key has done.</typeparam>
public interface IRateAlgorithm<TPlan, TState>
    where TPlan : struct, IRatePlan<TPlan>
    where TState : unmanaged
{
    /// <summary>The state of a key that has done nothing yet.</summary>
    static abstract TState Rested(in TPlan plan, long now);

    /// <summary>Takes <paramref name="cost"/> if it is there; a refusal takes nothing. A cost below 0 counts as 0.</summary>
    static abstract RateAnswer Decide(in TPlan plan, ref TState state, long now, long cost);

    /// <summary>Gives <paramref name="cost"/> back; never more than was there at rest.</summary>
    static abstract void Refund(in TPlan plan, ref TState state, long now, long cost);

    /// <summary>
    /// What the key owes, in any unit that is the same for all keys of a plan. 0 or less: the state says nothing that
    /// <see cref="Rested"/> would not say, so its room is free. When there is no room, the least goes.
    /// </summary>
    static abstract long Debt(in TPlan plan, in TState state, long now);
}
