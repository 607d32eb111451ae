namespace SandGlass.DemoShop;

/// <summary>A currency prices can be shown in. Rates are fixed: a demo must not change its prices by itself.</summary>
/// <param name="Index">Its column in tables of pages.</param>
/// <param name="FenPerUnit">Fen that one minor unit of it is worth.</param>
internal sealed record Currency(string Code, int Index, double FenPerUnit)
{
    public static readonly IReadOnlyList<Currency> All = [new("CNY", 0, 1), new("USD", 1, 7.2), new("EUR", 2, 7.8)];

    public long From(long fen) => (long)Math.Round(fen / FenPerUnit);

    /// <summary>CNY when nothing is said; null for one the shop does not know.</summary>
    public static Currency? Of(HttpRequest request)
    {
        var code = request.Query["currency"].ToString();
        return code.Length == 0 ? All[0] : All.FirstOrDefault(currency => currency.Code.Equals(code, StringComparison.OrdinalIgnoreCase));
    }
}
