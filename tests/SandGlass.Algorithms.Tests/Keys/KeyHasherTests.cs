using SandGlass.Algorithms.Keys;

namespace SandGlass.Algorithms.Tests.Keys;

public class KeyHasherTests
{
    private static readonly SipKey Key = new(0x0123456789abcdef, 0xfedcba9876543210);

    private static (ulong Short, UInt128 Long) Of(params object[] parts)
    {
        var hasher = new KeyHasher(Key);
        foreach (object part in parts)
        {
            switch (part)
            {
                case string text: hasher.Add(text); break;
                case ulong number: hasher.Add(number); break;
                case byte octet: hasher.Add(octet); break;
                default: throw new ArgumentException("not a part", nameof(parts));
            }
        }

        return (hasher.Finish(), hasher.Finish128());
    }

    public static TheoryData<object[], object[]> Different => new()
    {
        { ["ab", "c"], ["a", "bc"] },
        { ["abc"], ["ab", "c"] },
        { ["abc"], ["abc", ""] },
        { [], [""] },
        { ["a"], ["a\0"] },
        { ["abcd"], ["abcd\0\0\0\0"] },
        { ["a", "b"], ["b", "a"] },
        { [1UL], [(byte)1] },
        { [0UL], [""] },
        { [1UL, 2UL], [2UL, 1UL] },
        { ["\u0001\0\0\0"], [1UL] },
        { ["A"], ["a"] },
    };

    [Theory]
    [MemberData(nameof(Different))]
    public void Tells_different_parts_apart(object[] one, object[] other)
    {
        Assert.NotEqual(Of(one).Short, Of(other).Short);
        Assert.NotEqual(Of(one).Long, Of(other).Long);
    }

    [Fact]
    public void Gives_the_same_for_the_same_parts() => Assert.Equal(Of("GET", "/item/42", 7UL, (byte)1), Of("GET", "/item/42", 7UL, (byte)1));

    [Fact]
    public void Depends_on_the_key()
    {
        var mine = new KeyHasher(Key);
        var other = new KeyHasher(new SipKey(1, 2));
        Assert.NotEqual(mine.Finish(), other.Finish());
        Assert.NotEqual(mine.Finish128(), other.Finish128());
    }

    [Fact]
    public void May_be_finished_and_added_to_again()
    {
        var hasher = new KeyHasher(Key);
        hasher.Add("a");
        Assert.Equal(hasher.Finish(), hasher.Finish());
        hasher.Add("b");
        Assert.Equal(Of("a", "b").Short, hasher.Finish());
    }

    [Fact]
    public void Spreads_similar_keys_over_all_bits()
    {
        // 100,000 numbered paths: every bit of both halves is set about half the time (5 sigma is 0.8 %), and no two are equal.
        const int n = 100_000;
        var seen = new HashSet<UInt128>();
        int[] set = new int[128];
        for (int i = 0; i < n; i++)
        {
            UInt128 hash = Of("/item/" + i).Long;
            Assert.True(seen.Add(hash));
            for (int bit = 0; bit < 128; bit++)
            {
                set[bit] += (int)((hash >> bit) & 1);
            }
        }

        Assert.All(set, count => Assert.InRange(count, n * 0.492, n * 0.508));
    }

    [Fact]
    public void Allocates_nothing() => Assert.Equal(0, Allocations.Of(() =>
    {
        var hasher = new KeyHasher(Key);
        hasher.Add("shop.example");
        hasher.Add(42);
        hasher.Add((byte)1);
        _ = hasher.Finish() + (ulong)hasher.Finish128();
    }));
}
