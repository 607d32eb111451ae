using SandGlass.Algorithms.HotKeys;
using Xunit;

namespace SandGlass.Algorithms.Tests.HotKeys;

public sealed class HotElsewhereTests
{
    [Fact]
    public void Knows_what_was_said_last_until_it_is_too_old()
    {
        var elsewhere = new HotElsewhere();
        ulong key = 0xABCDEF0123456789;
        Assert.False(elsewhere.IsHot(key, 0));

        elsewhere.Hear([HotElsewhere.Told(1 << 20), HotElsewhere.Told(key), HotElsewhere.Told(key)], 100);
        Assert.True(elsewhere.IsHot(key, 99));
        Assert.False(elsewhere.IsHot(key, 100));
        Assert.False(elsewhere.IsHot(key ^ (1UL << 40), 99));

        elsewhere.Hear([], 200);
        Assert.False(elsewhere.IsHot(key, 99));
    }

    [Fact]
    public void A_sketch_tells_its_hot_keys_without_its_lock()
    {
        var sketch = new HotKeySketch();
        HotKeyPlan plan = new(5, 0, 1000);
        for (int i = 0; i < 10; i++)
        {
            sketch.Add(plan, 7, i, 0.5);
            Assert.Equal(i >= 5, sketch.IsHot(7));
        }

        Assert.Equal((1, false), (sketch.Promotions, sketch.IsHot(8)));
        sketch.Add(plan, 8, 9000, 0.5);
        Assert.False(sketch.IsHot(7));
    }
}
