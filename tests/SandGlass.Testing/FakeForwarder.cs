using SandGlass.Layers.Coalesce;
using SandGlass.Request;

namespace SandGlass.Testing;

/// <summary>Stands where YARP stands: does what the test says, by default answers 200. Remembers what came.</summary>
public sealed class FakeForwarder(TimeProvider time) : IForwarder
{
    private int _calls;

    /// <summary>What happens to a passage.</summary>
    public Func<Passage, ValueTask<ForwardResult>> Does { get; set; } = static _ => new(new ForwardResult(ForwardEnd.Answered, 200));

    /// <summary>How many requests reached the backend.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <inheritdoc/>
    public ValueTask<ForwardResult> ForwardAsync(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        Interlocked.Increment(ref _calls);
        passage.ForwardedAt = time.GetTimestamp();
        return Does(passage);
    }

    /// <summary>What the real forwarder does with a shared fetch that went well: keeps the answer and lets it land.</summary>
    public ForwardResult Share(Passage passage, string body = "shared", double freshSeconds = 1) => Share(passage, _ => body, freshSeconds);

    /// <summary>The same with a body that may say when it was made: the very moment that the answer is kept with.</summary>
    public ForwardResult Share(Passage passage, Func<long, string> body, double freshSeconds)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(body);
        if (passage is { Leads: true, Flight: { } flight } && flight.Plan.ActsOn(passage))
        {
            var made = time.GetTimestamp();
            var answer = Answer(body(made), freshSeconds, made);
            flight.Plan.Cache.Keep(flight.Key, answer);
            flight.Land(answer);
            (passage.Answer, passage.FreshFor) = (answer, answer.Lifetime);
            passage.AnswerOutcome = RequestOutcome.Served;
        }

        return new(ForwardEnd.Answered, 200);
    }

    /// <summary>An answer as the cache keeps it.</summary>
    public StoredAnswer Answer(string body = "shared", double freshSeconds = 1) => Answer(body, freshSeconds, time.GetTimestamp());

    private StoredAnswer Answer(string body, double freshSeconds, long made) => new()
    {
        Status = 200,
        Headers = [new("Content-Type", "text/plain")],
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        StoredAt = made,
        Lifetime = (long)(freshSeconds * time.TimestampFrequency),
    };
}
