using SandGlass.Algorithms.Counting;

namespace SandGlass.Algorithms.Tests.Counting;

public class StripedCounterTests
{
    [Fact]
    public void Adds_up_what_many_threads_add()
    {
        var counter = new StripedCounter();
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                counter.Add();
            }
        });
        counter.Add(-5);
        Assert.Equal(399_995, counter.Sum());
    }

    [Fact]
    public void Allocates_nothing()
    {
        var counter = new StripedCounter();
        Assert.Equal(0, Allocations.Of(() => counter.Add(counter.Sum())));
    }
}
