using SandGlass.Request;
using Xunit;

namespace SandGlass.Tests.Request;

public sealed class PassagePoolTests
{
    [Fact]
    public void Gives_back_the_one_that_has_just_ended()
    {
        var pool = new PassagePool(1);
        var passage = pool.Get();

        pool.Return(passage);

        Assert.Same(passage, pool.Get());
    }

    [Fact]
    public void Gives_nobody_one_that_is_in_use()
    {
        var pool = new PassagePool(1);
        var used = new List<Passage>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                used.Add(pool.Get());
            }

            Assert.Equal(used.Count, used.Distinct().Count());
            used.ForEach(pool.Return);
            used.Clear();
        }
    }

    [Fact]
    public void Uses_again_what_ended_on_another_thread()
    {
        var pool = new PassagePool(1);
        Passage[] used = [pool.Get(), pool.Get(), pool.Get()];
        var other = new Thread(() => Array.ForEach(used, pool.Return));
        other.Start();
        other.Join();

        // The first stayed with its thread.
        Assert.Equal(used[1..], [pool.Get(), pool.Get()]);
    }

    [Fact]
    public void Keeps_the_passages_of_two_gateways_apart()
    {
        var (one, two) = (new PassagePool(1), new PassagePool(2));
        var passage = one.Get();
        one.Return(passage);

        var other = two.Get();
        Assert.NotSame(passage, other);
        two.Return(other);
        Assert.Same(other, two.Get());
        Assert.NotSame(other, one.Get());
    }

    [Fact]
    public void Lets_go_of_the_request_at_once()
    {
        var pool = new PassagePool(1);
        Passage[] used = [pool.Get(), pool.Get()];
        foreach (var passage in used)
        {
            passage.Kept.Add("Cookie", "secret");
            pool.Return(passage);
        }

        Assert.All(used, static passage => Assert.Equal(0, passage.Kept.Count));
    }

    [Fact]
    public void Rolls_the_same_dice_for_the_same_seed()
    {
        Assert.Equal(new PassagePool(7).Get().Roll(), new PassagePool(7).Get().Roll());
        Assert.NotEqual(new PassagePool(7).Get().Roll(), new PassagePool(8).Get().Roll());
    }
}
