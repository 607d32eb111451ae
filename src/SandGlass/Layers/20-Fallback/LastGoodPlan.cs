using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;
using SandGlass.Request;

namespace SandGlass.Layers.Fallback;

/// <summary>
/// One route's last good answers, compiled: whose requests feed them and may be given them, by what key, and where they are. One for a
/// route, whichever of its fallbacks asks.
/// </summary>
public sealed class LastGoodPlan
{
    private const string Method = "its method";
    private const string Body = "its body";

    /// <summary>What makes requests equal.</summary>
    public required KeyPlan Key { get; init; }

    /// <summary>Request headers that say nothing of their sender, or are in the key.</summary>
    public required FrozenSet<string> Plain { get; init; }

    /// <summary>The rule that shares the route's fetches; what it fetches for all holds nothing of a sender. Null: none.</summary>
    public Rule? SharedBy { get; init; }

    /// <summary>Whether that rule does not send cookies on.</summary>
    public bool IgnoresCookies { get; init; }

    /// <summary>The gateway's own cookie, which says nothing about the answer; null: it sets none.</summary>
    public string? OwnCookie { get; init; }

    /// <summary>Whether answers that say no-store are kept.</summary>
    public bool KeepsNoStore { get; init; }

    /// <summary>What the policy lets pass that is not for all by itself (<see cref="Leniency"/>).</summary>
    public FrozenSet<string> Allows { get; init; } = [];

    /// <summary>The largest body that is kept, bytes.</summary>
    public required int MaxBytes { get; init; }

    /// <summary>The oldest that any of the route's fallbacks gives, ticks.</summary>
    public required long MaxAge { get; init; }

    /// <summary>Where they are; lives as long as the process.</summary>
    public required LastGoodStore Store { get; init; }

    /// <summary>What is known of them; lives as long as the process.</summary>
    public required LastGoodState State { get; init; }

    /// <summary>The clock's frequency.</summary>
    public required long TicksPerSecond { get; init; }

    /// <summary>
    /// Why a request may neither feed them nor be given one: the header, or the part of it, that may tell its sender from others. Null: it is
    /// anybody's. In doubt it is somebody's.
    /// </summary>
    public string? PersonalBy(Passage passage) => PersonalBy(passage, SharedBy?.ActsOn(passage) == true);

    /// <summary>The same where it is known what went to the backend.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="shared">Whether only the key did, or would: then no other header of the request says anything of the answer, but credentials.</param>
    public string? PersonalBy(Passage passage, bool shared)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var request = passage.Http.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return Method;
        }

        if (request.ContentLength is not (null or 0) || request.Headers.TransferEncoding.Count > 0)
        {
            return Body;
        }

        for (var i = 0; i < passage.Kept.Count; i++)
        {
            ref readonly var header = ref passage.Kept[i];
            if (header.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
            {
                if (!(shared && IgnoresCookies) && !(OwnCookie is { } own && Cookies.HasOnly(header.Value, own)))
                {
                    return header.Key;
                }
            }
            else if (IsCredential(header.Key) || (!shared && header.Value.Count > 1) || (!shared && header.Key[0] != ':' && !Plain.Contains(header.Key)))
            {
                return header.Key;
            }
        }

        return null;
    }

    /// <summary>Whether the policy of now would have kept an answer: it may have been kept under another one.</summary>
    public bool Keeps(GoodAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.Body.Length <= MaxBytes && Array.TrueForAll(answer.LeansOn, Allows.Contains);
    }

    /// <summary>What an answer to a request that went alone leans on.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="shared">Whether only the key went to the backend.</param>
    /// <param name="saysNoStore">Whether the answer says no-store.</param>
    public string[] Leanings(Passage passage, bool shared, bool saysNoStore)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (Allows.Count == 0)
        {
            return [];
        }

        var all = new List<string>(4);
        if (saysNoStore)
        {
            all.Add(Leniency.NoStore);
        }

        for (var i = 0; i < passage.Kept.Count && !shared; i++)
        {
            ref readonly var header = ref passage.Kept[i];
            if (header.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase))
            {
                all.Add(Leniency.Cookie(OwnCookie ?? string.Empty));
            }
            else if (header.Key[0] != ':' && !PlainHeaders.All.Contains(header.Key) && !Key.HeaderNames.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            {
                all.Add(Leniency.Header(header.Key));
            }
        }

        return [.. all];
    }

    /// <summary>The answer that a request may be given instead; null: there is none, or it is older than allowed.</summary>
    /// <param name="passage">The request.</param>
    /// <param name="maxAge">How old it may be, ticks.</param>
    /// <param name="now">Now.</param>
    public GoodAnswer? Find(Passage passage, long maxAge, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (PersonalBy(passage) is not null)
        {
            return null;
        }

        var key = StableKey.Of(passage, Key);
        if (Store.Find(key, passage.Headers, passage.IsRehearsal, Keeps) is { } known && known.Age(now) <= maxAge)
        {
            return known;
        }

        if (!passage.IsRehearsal)
        {
            Store.Miss(key, State);
        }

        return null;
    }

    /// <summary>Keeps what was fetched for all: it holds nothing of the one who led the fetch.</summary>
    /// <param name="passage">The request that led.</param>
    /// <param name="headers">The answer's headers, as the cache keeps them.</param>
    /// <param name="body">Its body.</param>
    /// <param name="names">By which request headers it differs; null: by none.</param>
    /// <param name="at">When it was fresh from the backend, monotonic ticks.</param>
    /// <param name="sent">The headers of the leader's that went along without being in the key.</param>
    public void KeepShared(Passage passage, KeyValuePair<string, StringValues>[] headers, byte[] body, IReadOnlyList<string>? names, long at, IReadOnlyList<string> sent)
    {
        ArgumentNullException.ThrowIfNull(passage);
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(sent);
        if (passage.Headers.Authorization.Count > 0)
        {
            // It says that it may be shared, and the cache does; here nobody's credentials bring anything.
            State.Personal.Add();
            return;
        }

        if (body.Length > MaxBytes || names?.Any(IsOfOne) == true)
        {
            State.Unfit.Add();
            return;
        }

        string[] differs = names is null ? [] : [.. names];
        var leans = sent.Where(passage.Headers.ContainsKey).Select(Leniency.Sent);
        State.Kept.Add();
        Store.Keep(StableKey.Of(passage, Key), new()
        {
            Status = StatusCodes.Status200OK,
            Headers = headers,
            Body = body,
            Names = differs,
            Values = GoodAnswer.ValuesOf(differs, passage.Headers),
            LeansOn = headers.Any(static h => h.Key.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase)) ? [.. leans, Leniency.SetCookie] : [.. leans],
            At = at,
            Route = State,
        });
    }

    /// <summary>What was fetched for all says that it is for one: what is kept of its key is nobody's any more.</summary>
    public void Forget(Passage passage) => Store.Drop(StableKey.Of(passage, Key));

    /// <summary>Whether an answer that differs by this header is one client's: its values are not to be written anywhere.</summary>
    public static bool IsOfOne(string name) => IsCredential(name) || "Cookie".Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool IsCredential(string name) =>
        name.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || name.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase);
}
