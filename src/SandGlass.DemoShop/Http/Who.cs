namespace SandGlass.DemoShop;

/// <summary>Who asks: the header of a mobile app, else the cookie of a browser. A demo believes both.</summary>
internal static class Who
{
    /// <summary>Orders without a user belong to the guest, and everybody may see them.</summary>
    public const string Guest = "guest";

    private const int LongestName = 128;

    public static string? Of(HttpRequest request)
    {
        var name = request.Headers["X-User-Id"].ToString();
        if (name.Length == 0)
        {
            name = request.Cookies["user"] ?? "";
        }

        return name.Length is > 0 and <= LongestName ? name : null;
    }

    public static bool MaySee(HttpRequest request, string owner) => owner == Guest || owner == Of(request);
}
