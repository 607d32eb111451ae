using System.Net;
using SandGlass.DemoShop;
using Xunit;

namespace SandGlass.Tests.DemoShop;

public sealed class CapacityTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task One_worker_serves_one_request_after_the_other_and_a_full_queue_refuses()
    {
        var time = new HandTime();
        await using var shop = await TestShop.OpenAsync(time);
        var backend = shop["after-sale"];
        await backend.SetFaultsAsync(now => now with { Workers = 1, Queue = 1, ServiceTimeMs = 100 });

        var first = shop.To("after-sale").GetAsync("/api/refunds");
        await TestShop.Until(() => time.Waiting == 1);
        var second = shop.To("after-sale").GetAsync("/api/refunds");
        await TestShop.Until(() => backend.Stats().Queued == 1);
        using var third = await shop.To("after-sale").GetAsync("/api/refunds");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, third.StatusCode);
        Assert.Equal("1", third.Headers.RetryAfter!.ToString());
        time.Advance(Long);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        await TestShop.Until(() => time.Waiting == 1);
        Assert.False(second.IsCompleted);
        Assert.Equal((1, 0), (backend.Stats().BusyWorkers, backend.Stats().Queued));
        time.Advance(Long);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        await TestShop.Until(() => backend.Stats() is { InFlight: 0, BusyWorkers: 0 });
        Assert.Equal((2, 1), (backend.Stats().ByStatus[200], backend.Stats().ByStatus[503]));
    }

    [Fact]
    public async Task Who_leaves_the_queue_makes_room()
    {
        var pool = new WorkerPool(workers: 1, queue: 1);
        using var left = new CancellationTokenSource();
        Assert.True(await pool.EnterAsync(default));
        var leaving = pool.EnterAsync(left.Token).AsTask();
        Assert.False(await pool.EnterAsync(default));

        await left.CancelAsync();
        var staying = pool.EnterAsync(default).AsTask();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        pool.Leave();

        Assert.True(await staying);
        Assert.Equal((1, 0), (pool.Busy, pool.Queued));
    }

    [Fact]
    public async Task More_workers_take_from_the_queue_at_once()
    {
        var pool = new WorkerPool(workers: 1, queue: 5);
        await pool.EnterAsync(default);
        var waiting = new[] { pool.EnterAsync(default).AsTask(), pool.EnterAsync(default).AsTask() };

        pool.Resize(3, 5);

        Assert.All(await Task.WhenAll(waiting), Assert.True);
    }

    [Fact]
    public async Task No_service_time_means_no_worker_and_no_timer()
    {
        var time = new HandTime();      // never advanced: any timer would hang the request
        await using var shop = await TestShop.OpenAsync(time);
        await shop["marketing"].SetFaultsAsync(now => now with { ServiceTimeMs = 0 });

        Assert.True(shop["marketing"].State.Idle);
        await shop.To("marketing").GetStringAsync("/api/products/sku-1");
        await TestShop.Until(() => shop["marketing"].Stats().InFlight == 0);
        Assert.Equal(1, shop["marketing"].Stats().Requests);
    }

    [Fact]
    public void Service_times_spread_around_their_median()
    {
        var dice = new Dice(3);
        var times = Enumerable.Range(0, 10_001).Select(_ => dice.Around(10)).Order().ToList();

        Assert.InRange(times[5_000], 9.8, 10.2);
        Assert.InRange(times[9_900], 18, 22.5);
        Assert.Equal(new Dice(5).Around(10), new Dice(5).Around(10));
    }

    [Theory]
    [InlineData(0, 50, 50)]         // done before the first pause
    [InlineData(70, 50, 70)]        // 10 ms, the pause, 40 ms
    [InlineData(80, 5, 25)]         // arrives as the pause begins
    [InlineData(95, 5, 10)]         // arrives near its end
    [InlineData(0, 200, 240)]       // meets two
    [InlineData(1000, 50, 50)]      // the schedule goes on
    public void Work_waits_out_the_pauses(double at, double work, double takes) =>
        Assert.Equal(takes, PauseSchedule.Stretch(at, work, every: 100, pause: 20), 6);

    [Fact]
    public void Quantiles_are_known_within_seven_percent()
    {
        var histogram = new LatencyHistogram();
        for (var ms = 1; ms <= 1000; ms++)
        {
            histogram.Add(TimeSpan.FromMilliseconds(ms));
        }

        Assert.InRange(histogram.Quantile(0.5), 500 * 0.93, 500);
        Assert.InRange(histogram.Quantile(0.99), 990 * 0.93, 990);
        Assert.Equal(0, new LatencyHistogram().Quantile(0.5));
    }
}
