using SandGlass.Layers.Coalesce;
using SandGlass.Layers.Shed;
using SandGlass.Request;

namespace SandGlass.Policy.Compiling;

/// <summary>Makes a route's rules of coalescing: one, or with a ladder for its hot keys two.</summary>
/// <param name="compilation">What there is to compile.</param>
/// <param name="session">Whose cookie is no reason against sharing; null: there is none.</param>
/// <param name="hotKeys">Who knows the hot keys.</param>
internal sealed class CoalesceRules(Compilation compilation, SessionPlan? session, HotKeyRules hotKeys)
{
    /// <summary>A route's. With a ladder there are two: what it does for hot keys, and what is done for all others.</summary>
    public IEnumerable<Rule> Of(string route, RoutePolicy written)
    {
        if (written.Answer is not null || written.Coalesce is not { } coalesce)
        {
            return [];
        }

        var onlyHot = coalesce.For == CoalesceFor.Hot;
        if (written.HotKeys?.Ladder is not { } ladder)
        {
            return [Rule(route, written, coalesce, onlyHot ? true : null, null)];
        }

        var hot = Rule(route, written, coalesce, true, ladder);
        return onlyHot ? [hot] : [hot, Rule(route, written, coalesce, false, null)];
    }

    private CoalescePlan Rule(string route, RoutePolicy of, CoalescePolicy written, bool? forHot, LadderPolicy? ladder)
    {
        var key = written.Key is { } parts ? KeyPlan.Parse(parts) : KeyPlan.WholeTarget;
        var mode = compilation.ModeOf(Compilation.Weaker(written.Mode, ladder?.Coalesce ?? Mode.Enforce), LayerName.Coalesce);
        var name = ladder is null ? route : route + ".coalesce";
        string[] sent = [.. written.Send.Select(static n => n.ToLowerInvariant())];
        return new(compilation.Pipeline.Coalesce, name, mode, compilation.Shadow(compilation.Pipeline.Coalesce, name))
        {
            ForHot = forHot,
            Gives = ladder?.Cache ?? Mode.Enforce,
            GivesStale = ladder?.Stale ?? Mode.Enforce,
            GivesShadowed = ladder?.Cache == Mode.Shadow ? compilation.Shadow(compilation.Pipeline.Coalesce, route + ".cache") : null,
            StaleShadowed = ladder?.Stale == Mode.Shadow ? compilation.Shadow(compilation.Pipeline.Coalesce, route + ".stale") : null,
            Day = of.HotKeys is { } hot ? hotKeys.StateOf(route, hot).Day : null,
            RefreshesAhead = of.HotKeys is { RefreshAhead: true },
            StaleWhenWell = compilation.Ticks(written.StaleWhenWell ?? new(TimeSpan.FromSeconds(Math.Max(10, written.StaleWhileRevalidate.Value.TotalSeconds)))),
            Breaker = compilation.ModeOf((of.Breaker ?? compilation.Policy.Breakers.Default).Mode, LayerName.Break) == Mode.Enforce ? compilation.State.Breaker(route) : null,
            EnforceShare = compilation.Share(written.EnforcePercent, LayerName.Coalesce),
            Ttl = ladder?.Cache == Mode.Off ? 0 : compilation.Ticks(written.Ttl),
            Force = written.Force,
            LeaderAge = compilation.Ticks(written.LeaderAge),
            SharesSetCookie = written.SetCookie == SetCookieUse.Share,
            HonoursClients = written.Clients == ClientUse.Honour,
            StaleWhileRevalidate = compilation.Ticks(written.StaleWhileRevalidate),
            StaleIfError = compilation.Ticks(written.StaleIfError),
            MaxWait = written.MaxWait.Value,
            MaxBytes = (int)Math.Min(written.MaxBytes.Bytes, compilation.Policy.Cache.MaxBytes.Bytes / 16),
            IgnoresCookies = written.Cookies == CookieUse.Ignore,
            OwnCookie = session?.Cookie,
            Key = key,
            QueryNames = key.HasWholeQuery ? null : [.. key.QueryNames],
            HeaderNames = [.. key.HeaderNames],
            CookieNames = [.. key.CookieNames],
            SentNames = sent,
            Terms = CoalescePlan.TermsOf(route, key, sent),
            Cache = compilation.State.CacheOf(compilation.Policy.Cache.MaxBytes.Bytes),
            Counts = compilation.State.Coalesce(route),
            Learned = compilation.State.Coalesce(route).Learned,
            ClientBudget = compilation.State.Coalesce(route).ClientBudget,
            TicksPerSecond = compilation.Frequency,
        };
    }
}
