using System.Globalization;

namespace SandGlass.LoadTests.Planning;

/// <summary>Where a journey's data come from. Each journey draws once, so that all its steps speak of the same product.</summary>
internal abstract record Feed(string Name)
{
    /// <param name="dice">The journey's.</param>
    /// <param name="journey">Its number in the scenario, from 0.</param>
    public abstract string Value(ref Dice dice, long journey);
}

/// <summary>prefix1, prefix2, … by popularity: the first is asked for most.</summary>
internal sealed record ZipfFeed(string Name, string Prefix, Zipf Popularity) : Feed(Name)
{
    public override string Value(ref Dice dice, long journey) => Prefix + (Popularity.Rank(dice.Roll()) + 1).ToString(CultureInfo.InvariantCulture);
}

/// <summary>A list, from the front and round and round, or by chance.</summary>
internal sealed record ListFeed(string Name, IReadOnlyList<string> Values, bool Random) : Feed(Name)
{
    public override string Value(ref Dice dice, long journey) =>
        Values[Random ? (int)(dice.Roll() * Values.Count) : (int)(journey % Values.Count)];
}

/// <summary>prefixA … prefixB, each as likely.</summary>
internal sealed record RangeFeed(string Name, string Prefix, long From, long To) : Feed(Name)
{
    public override string Value(ref Dice dice, long journey) => Prefix + (From + (long)(dice.Roll() * (To - From + 1))).ToString(CultureInfo.InvariantCulture);
}

/// <summary>The journey's number.</summary>
internal sealed record CountFeed(string Name) : Feed(Name)
{
    public override string Value(ref Dice dice, long journey) => journey.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// An address of 198.18.0.0/15, which RFC 2544 keeps for such tests, so it is nobody's: 131,072 shoppers for X-Forwarded-For.
/// </summary>
internal sealed record ClientFeed(string Name) : Feed(Name)
{
    public override string Value(ref Dice dice, long journey) => Address((int)(dice.Roll() * Count));

    public const int Count = 1 << 17;

    public static string Address(int index) => string.Create(CultureInfo.InvariantCulture, $"198.{18 + (index >> 16)}.{(index >> 8) & 255}.{index & 255}");
}
