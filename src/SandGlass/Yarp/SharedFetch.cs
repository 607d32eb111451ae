using SandGlass.Algorithms.Caching;
using SandGlass.Layers.Coalesce;
using SandGlass.Request;

namespace SandGlass.Yarp;

/// <summary>What becomes of the answer to a shared fetch.</summary>
internal enum SharedFate
{
    /// <summary>It goes to its own client, and to nobody else.</summary>
    Alone,

    /// <summary>It is for all, once its body is in.</summary>
    ForAll,

    /// <summary>It goes to nobody: the passage has another one, or the request goes again (<see cref="SharedFetch.GoesAgain"/>).</summary>
    Held,
}

/// <summary>The shared fetch that a passage leads, from its answer's head on: for whom that is, and what is told of it. One a passage, reused.</summary>
/// <param name="passage">The passage that it belongs to.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it is told, seldom, what a shared fetch leaves out.</param>
internal sealed class SharedFetch(Passage passage, TimeProvider time, ILogger log)
{
    /// <summary>Null where nobody else may get the answer: then all of the client's request goes along and nothing is kept, in shadow too.</summary>
    public Flight? Flight => passage is { Leads: true, Flight: { } flight } && flight.Plan.ActsOn(passage) ? flight : null;

    /// <summary>Names that were learned or are sent along are not in every request's key.</summary>
    public bool SendsOnlyTheKey => Flight is { Names.Count: 0, Plan.SentNames.Length: 0 };

    /// <summary>Whether what was fetched for all is not this client's variant: it is to be asked for once more, as the client asked.</summary>
    public bool GoesAgain { get; private set; }

    /// <summary>Before each request.</summary>
    public void Begin() => GoesAgain = false;

    /// <summary>A HEAD's answer is never for all; but it may say that what is kept is good still, or is not.</summary>
    public void Learn(Flight flight, HttpResponseMessage answer)
    {
        var arrived = time.GetTimestamp();
        Keeping.Learn(
            passage, flight, answer, flight.Known!, time.GetUtcNow(), time.GetElapsedTime(passage.ForwardedAt, arrived).TotalSeconds, passage.ForwardedAt, arrived);
    }

    /// <summary>For whom an answer is, of which the head has come.</summary>
    /// <param name="flight">The fetch.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="reading">What it says.</param>
    /// <param name="fresh">What it is worth, where it is for all.</param>
    public SharedFate Judge(Flight flight, HttpResponseMessage answer, out AnswerReading reading, out Freshness fresh)
    {
        var status = (int)answer.StatusCode;
        var known = status == StatusCodes.Status304NotModified ? flight.Known : null;
        reading = AnswerReading.Of(answer, time.GetUtcNow(), known);
        fresh = default;
        var now = time.GetTimestamp();
        TellLeftOut(flight, status, reading.Vary, now);
        if (Sharing.Judge(reading, flight.Plan, time.GetElapsedTime(passage.ForwardedAt, now).TotalSeconds, flight.IsAuthorized) is { } worth)
        {
            fresh = worth;
            if (known is null)
            {
                return SharedFate.ForAll;
            }

            // Good still (§4.3.4): what is kept goes on with the headers of the 304.
            passage.FetchStatus = status;
            Give(Keeping.Share(passage, flight, reading, known.Body, fresh, passage.ForwardedAt, now));
            return SharedFate.Held;
        }

        if (reading.Facts.Control.Private && !flight.IsAuthorized)
        {
            passage.Route.LastGood?.Forget(passage);
        }

        // Nobody else can have it: let the others go their own ways now, not when this body is through.
        if (status < 500 && !flight.IsAuthorized)
        {
            // Of one whose own credentials were refused this says nothing about what all others are given.
            Keeping.Refuse(flight, now);
        }
        else
        {
            flight.Land(null);
        }

        if (LacksAHeader(flight, status) && !passage.IsRefresh && flight.Plan.ClientBudget.TryTake(now, time.TimestampFrequency))
        {
            // Who leads must not be worse off than who goes alone. Of the clients' budget: whoever makes answers fail must not double the backend's work.
            Give(null);
            passage.CacheStatus = CacheStatus.Unshareable;
            return SharedFate.Held;
        }

        if (known is not null || (flight.IsAuthorized && status < 500))
        {
            // It must not be shared any more, and this client has asked for no 304; or it is for the owner of the credentials, who has sent
            // more than a shared fetch does.
            Give(null);
            return SharedFate.Held;
        }

        return SharedFate.Alone;
    }

    /// <summary>Puts the answer for the client into the passage; null: it is another variant than this client's.</summary>
    public void Give(StoredAnswer? answer)
    {
        passage.Answer = answer;
        passage.FreshFor = answer?.Lifetime ?? 0;
        passage.AnswerOutcome = RequestOutcome.Served;
        if (answer is { Status: StatusCodes.Status200OK })
        {
            passage.Route.LastGood?.KeepShared(passage, answer.Headers, answer.Body, answer.Names, answer.StoredAt - answer.AgeThen, passage.Flight!.Plan.SentNames);
        }

        if (answer is null && !passage.IsRefresh)
        {
            GoesAgain = true;
            var authorized = passage.Flight!.IsAuthorized;
            passage.Leads = false;
            passage.Flight = null;
            passage.CacheStatus = authorized ? CacheStatus.Bypass : CacheStatus.VaryMiss;
        }
    }

    // Who brings a backend that needs a header sees wrong answers, and nothing that says why.
    private void TellLeftOut(Flight flight, int status, IReadOnlyList<string>? vary, long now)
    {
        var (plan, route) = (flight.Plan, passage.Route.Name);
        if (LacksAHeader(flight, status) && IsTime())
        {
            log.LogWarning(
                "Route {Route}: the backend answered a shared fetch with {Status}. It sends only what is in the key, and left out {Headers}. If the backend needs one of them, name it in coalesce.send of the route, or in coalesce.key where it changes the answer",
                route, status, LeftOut.Of(passage, plan, flight.Names));
        }
        else if (status < 400 && LeftOut.Varied(passage, plan, flight.Names, vary) is { } varied && IsTime())
        {
            log.LogInformation(
                "Route {Route}: answers differ by {Headers} (Vary), which shared fetches left out so far, so the first one is fetched twice. Named in coalesce.send of the route it goes along at once, and is part of the key where an answer names it (but Cookie and Authorization never are)",
                route, varied);
        }

        bool IsTime() => plan.Counts.LeftOutTold.TryPass(now, (long)(LeftOut.Pause.TotalSeconds * time.TimestampFrequency));
    }

    private bool LacksAHeader(Flight flight, int status) => LeftOut.MayBeFor(status) && LeftOut.Of(passage, flight.Plan, flight.Names) is not null;
}
