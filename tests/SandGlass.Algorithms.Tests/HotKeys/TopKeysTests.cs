using SandGlass.Algorithms.HotKeys;

namespace SandGlass.Algorithms.Tests.HotKeys;

public class TopKeysTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(128)]
    public void Keeps_what_a_simple_list_would(int most)
    {
        var random = new Random(most);
        var top = new TopKeys(most);
        var model = new Dictionary<ulong, int>();
        for (int step = 0; step < 20_000; step++)
        {
            ulong key = (ulong)random.Next(3 * most) << 20;
            int at = top.Find(key);
            Assert.Equal(model.ContainsKey(key), at >= 0);
            int count = random.Next(1, 1_000);
            if (at >= 0)
            {
                model[key] += count;
                Assert.Equal(key, top.At(top.Set(at, model[key])).Key);
            }
            else if (count > top.Least)
            {
                if (model.Count == most)
                {
                    // Of several with the least any may go: the one that has gone is the one that is not found.
                    int least = model.Values.Min();
                    Assert.Equal(least, top.Least);
                    top.Add(key, count);
                    ulong gone = model.Single(one => one.Value == least && top.Find(one.Key) < 0).Key;
                    model.Remove(gone);
                }
                else
                {
                    top.Add(key, count);
                }

                model[key] = count;
            }

            if (step % 500 == 0)
            {
                top.Halve(1);
                model = model.Where(static one => one.Value > 1).ToDictionary(static one => one.Key, static one => one.Value / 2);
            }
        }

        Assert.Equal(model.OrderBy(static one => one.Key), top.All.ToArray().Select(static e => KeyValuePair.Create(e.Key, e.Count)).OrderBy(static one => one.Key));
    }
}
