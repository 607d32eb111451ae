using SandGlass.Algorithms.Sharing;
using Xunit;

namespace SandGlass.Algorithms.Tests.Sharing;

public sealed class RegisterTests
{
    private const int Histories = 4000;

    [Fact]
    public void The_version_goes_before_the_clock_and_the_clock_before_the_node()
    {
        Assert.True(new Stamp(2, 0, 0) > new Stamp(1, 99, 99));
        Assert.True(new Stamp(1, 2, 0) > new Stamp(1, 1, 99));
        Assert.True(new Stamp(1, 1, 2) > new Stamp(1, 1, 1));
    }

    [Fact]
    public void The_text_of_a_stamp_stands_as_the_stamp_does_and_is_read_back()
    {
        var dice = new Random(7);
        var stamps = Enumerable.Range(0, 2000).Select(_ => new Stamp(dice.NextInt64(1L << dice.Next(1, 39)), dice.NextInt64(1L << dice.Next(1, 45)), (ulong)dice.NextInt64())).ToArray();
        for (var i = 1; i < stamps.Length; i++)
        {
            Assert.Equal(Math.Sign(stamps[i].CompareTo(stamps[i - 1])), Math.Sign(string.CompareOrdinal(stamps[i].ToString(), stamps[i - 1].ToString())));
            Assert.True(Stamp.TryParse(stamps[i].ToString(), out var read));
            Assert.Equal(stamps[i], read);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("000000000000001.000000000000001.000000000000000")]
    [InlineData("000000000000001-000000000000001-0000000000000001")]
    [InlineData("00000000000000x.000000000000001.0000000000000001")]
    [InlineData("000000000000001.000000000000001.000000000000000g")]
    [InlineData("-00000000000001.000000000000001.0000000000000001")]
    [InlineData("999999999999999.000000000000001.0000000000000001")]
    public void What_is_no_stamp_is_not_read(string text) => Assert.False(Stamp.TryParse(text, out _));

    [Fact]
    public void Who_has_seen_more_wins_whatever_the_clocks_say()
    {
        var first = new Register<string>(new(new(1, 1000, 1), "on"));
        var later = first.Next("off", 10, 2);

        Assert.Equal("off", first.Join(later).Value);
        Assert.Equal("off", later.Join(first).Value);
        Assert.Null(later.Join(first).Lost);
    }

    [Fact]
    public void Of_two_that_did_not_know_of_each_other_the_greater_wins_and_the_other_is_remembered()
    {
        var both = new Register<string>(new(new(1, 0, 1), "off"));
        var (mine, theirs) = (both.Next("mine", 10, 1), both.Next("theirs", 20, 2));

        var joined = mine.Join(theirs);
        Assert.Equal(("theirs", "mine"), (joined.Value, joined.Lost?.Value));
        Assert.Equal(joined.Order, theirs.Join(mine).Order);
        // It stays to be seen, whoever changes it next.
        Assert.Equal("mine", joined.Next("again", 30, 3).Lost?.Value);
    }

    [Fact]
    public void What_is_older_than_it_remembers_is_taken_to_be_known()
    {
        var all = new Register<string>(new(new(1, 0, 1), "first"));
        var (old, now) = (all, all);
        for (var i = 0; i < 40; i++)
        {
            now = now.Next($"{i}", i, 1);
            old = i == 5 ? now : old;
        }

        Assert.Equal(Register<string>.Remembers, now.Past.Count);
        Assert.Null(now.Join(old).Lost);
        Assert.Equal("39", old.Join(now).Value);
    }

    [Fact]
    public void Joining_is_commutative_associative_and_idempotent_whatever_was_changed_where()
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var dice = new Random(seed);
            var all = Grow(dice);
            Register<int> Any() => all[dice.Next(all.Count)];
            var (a, b, c) = (Any(), Any(), Any());
            Assert.Equal(Text(a.Join(b)), Text(b.Join(a)));
            Assert.Equal(Text(a.Join(b).Join(c)), Text(a.Join(b.Join(c))));
            Assert.Equal(Text(a), Text(a.Join(a)));
            Assert.Equal(Text(a.Join(b)), Text(a.Join(b).Join(b)));
            Assert.True(string.CompareOrdinal(a.Join(b).Order, a.Order) >= 0);
        }
    }

    [Fact]
    public void All_who_have_heard_all_hold_the_same_and_know_the_greatest_that_was_lost()
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var dice = new Random(seed);
            var all = Grow(dice);
            var (one, other) = (all.ToArray(), all.ToArray());
            dice.Shuffle(one);
            dice.Shuffle(other);
            var joined = one.Aggregate(static (a, b) => a.Join(b));

            Assert.Equal(Text(joined), Text(other.Aggregate(static (a, b) => a.Join(b))));
            Assert.Equal(all.Max(static r => r.Stamp), joined.Stamp);
            // By hand: the greatest of all changes that are not before the winner.
            var lost = all.Where(r => r.Stamp != joined.Stamp && !joined.Past.Contains(r.Stamp)).Select(static r => (Stamp?)r.Stamp).Max();
            Assert.Equal(lost, joined.Lost?.Stamp);
        }
    }

    // Changes made on four nodes that hear of each other by chance; each is as its node made it, with nothing joined into it but what it was made of.
    private static List<Register<int>> Grow(Random dice)
    {
        var all = new List<Register<int>> { new(new(new(1, 0, 0), 0)) };
        for (var i = 1; i < 12; i++)
        {
            all.Add(all[dice.Next(all.Count)].Next(i, dice.Next(5), (ulong)i));
        }

        return all;
    }

    private static string Text(Register<int> register) => $"{register.Order} {register.Value} {register.Lost?.Value} {string.Join(',', register.Past)}";
}
