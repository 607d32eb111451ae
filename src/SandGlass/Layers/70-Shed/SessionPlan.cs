using SandGlass.Request;

namespace SandGlass.Layers.Shed;

/// <summary>Sessions as one route meets them.</summary>
/// <param name="Seal">Makes and reads the cookie.</param>
/// <param name="Cookie">Its name.</param>
/// <param name="Seconds">How long one lasts.</param>
/// <param name="Step">Whether one begins or ends here; null: neither.</param>
public sealed record SessionPlan(SessionSeal Seal, string Cookie, int Seconds, SessionStep? Step)
{
    /// <summary>Whether the client is in a session.</summary>
    public bool Holds(Passage passage, long now) => Until(passage, now) > 0;

    /// <summary>The request was admitted: what of it is to be told the client goes into the passage.</summary>
    public void Admitted(Passage passage, long now)
    {
        ArgumentNullException.ThrowIfNull(passage);
        var until = Until(passage, now);
        passage.SessionCookie = Step switch
        {
            // Renewed in its second half, so that not every answer carries one.
            SessionStep.Begin when until - now < Seconds / 2 => Text(passage, Seal.Make(now + Seconds), Seconds),
            SessionStep.End when until > 0 => Text(passage, string.Empty, 0),
            _ => null,
        };
    }

    private long Until(Passage passage, long now) =>
        Cookies.TryFind(passage.Headers.Cookie, Cookie, out var text) ? Seal.Read(text, now) : 0;

    private string Text(Passage passage, string value, int seconds) =>
        $"{Cookie}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{(passage.Http.Request.IsHttps ? "; Secure" : "")}";
}
