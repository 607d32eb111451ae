using System.Net;
using System.Net.Sockets;
using System.Text;
using SandGlass.DemoShop;
using Xunit;

namespace SandGlass.Tests.DemoShop;

public sealed class FaultTests
{
    private const string Product = "/api/products/sku-1";

    [Fact]
    public async Task Errors_come_in_their_ratio()
    {
        await using var shop = await OpenAsync("{\"errorRatio\":0.5,\"serviceTimeMs\":0}");
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => shop.To("marketing").GetAsync(Product)));

        var errors = answers.Count(answer => answer.StatusCode == HttpStatusCode.InternalServerError);
        Assert.InRange(errors, 65, 135);
        Assert.Equal(errors, shop["marketing"].Stats().Faults.Errors);
        Assert.Equal(HttpStatusCode.OK, (await shop.To("marketing").GetAsync("/healthz")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await shop.To("marketing-b").GetAsync(Product)).StatusCode);
    }

    [Fact]
    public async Task Latency_is_added_without_holding_a_worker()
    {
        var time = new HandTime();
        await using var shop = await OpenAsync("{\"latencyMs\":2000,\"serviceTimeMs\":0}", time);
        var answer = shop.To("marketing").GetAsync(Product);
        await TestShop.Until(() => time.Waiting == 1);

        time.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.Equal((1, 1, 0), (time.Waiting, shop["marketing"].Stats().InFlight, shop["marketing"].Stats().BusyWorkers));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
        Assert.InRange(shop["marketing"].Stats().P50Ms, 1860, 2000);
    }

    [Fact]
    public async Task A_hang_lasts_until_the_client_leaves()
    {
        await using var shop = await OpenAsync("{\"hangRatio\":1}");
        using var patience = new CancellationTokenSource();
        var answer = shop.To("marketing").GetAsync(Product, patience.Token);
        await TestShop.Until(() => shop["marketing"].Stats().Faults.Hangs == 1);

        Assert.False(answer.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await TestShop.Until(() => shop["marketing"].Stats() is { InFlight: 0 });
        Assert.Equal(1, shop["marketing"].Stats().ByStatus[499]);
    }

    [Theory]
    [InlineData("{\"resetRatio\":1}")]
    [InlineData("{\"badContentLength\":true}")]
    [InlineData("{\"malformed\":\"bad-chunks\"}")]
    public async Task An_answer_that_breaks_off_has_begun_well(string faults)
    {
        await using var shop = await OpenAsync(faults);
        using var answer = await shop.To("marketing").GetAsync(Product, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Short_length_sends_more_than_it_declares()
    {
        await using var shop = await OpenAsync("{\"malformed\":\"short-length\"}");
        var raw = await RawAsync(shop);

        Assert.Contains("Content-Length: 5\r\n\r\nshort, and then", raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interim_answers_flood_before_the_true_one()
    {
        await using var shop = await OpenAsync("{\"malformed\":\"interim-flood\"}");
        var raw = await RawAsync(shop);

        Assert.Equal(10_000, raw.Split("HTTP/1.1 103").Length - 1);
        Assert.Contains("HTTP/1.1 200 OK", raw, StringComparison.Ordinal);
        Assert.EndsWith("}", raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_bomb_is_a_megabyte()
    {
        await using var shop = await OpenAsync("{\"malformed\":\"header-bomb\"}");
        Assert.InRange((await RawAsync(shop)).Length, 1_000_000, 1_100_000);
    }

    [Fact]
    public async Task An_endless_body_ends_when_the_client_leaves()
    {
        await using var shop = await OpenAsync("{\"malformed\":\"endless-body\"}");
        using (var answer = await shop.To("marketing").GetAsync(Product, HttpCompletionOption.ResponseHeadersRead))
        {
            await using var body = await answer.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[5_000_000]);
        }

        await TestShop.Until(() => shop["marketing"].Stats().InFlight == 0);
    }

    [Fact]
    public async Task A_drip_waits_after_every_64_bytes()
    {
        var time = new HandTime();
        await using var shop = await OpenAsync("{\"slowDripMs\":100,\"serviceTimeMs\":0}", time);
        using var answer = await shop.To("marketing").GetAsync(Product, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var length = (int)answer.Content.Headers.ContentLength!;
        for (var read = 0; read < length; read += 64)
        {
            await body.ReadExactlyAsync(new byte[Math.Min(64, length - read)]);
            await TestShop.Until(() => time.Waiting == 1);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        await TestShop.Until(() => shop["marketing"].Stats().InFlight == 0);
    }

    [Fact]
    public void A_leak_grows_with_every_request_until_it_is_set_anew()
    {
        var leaking = BackendProfile.All[0].Healthy with { ServiceTimeMs = 0, SlowdownPerRequest = 2 };
        var state = new FaultState(leaking, new HandTime());

        Assert.Equal([0, 2, 4], Enumerable.Range(0, 3).Select(_ => state.Work(new(1), 1).TotalMilliseconds));
        Assert.Equal(0, new FaultState(leaking, new HandTime()).Work(new(1), 1).TotalMilliseconds);
    }

    [Fact]
    public void A_bottleneck_grows_with_what_is_in_flight()
    {
        var state = new FaultState(BackendProfile.All[0].Healthy with { ServiceTimeMs = 0, LatencyPerInFlight = 3 }, new HandTime());

        Assert.Equal(3, state.Work(new(1), 1).TotalMilliseconds);
        Assert.Equal(30, state.Work(new(1), 10).TotalMilliseconds);
    }

    [Fact]
    public void A_contract_without_bounds_makes_work_of_what_it_is_given()
    {
        var state = new FaultState(BackendProfile.All[0].Healthy with { ServiceTimeMs = 0, WorkPerKilobyte = 2, WorkPerItem = 0.5 }, new HandTime());

        Assert.Equal(0, state.Work(new(1), 1).TotalMilliseconds);
        Assert.Equal(25, state.Work(new(1), 1, kilobytes: 10, items: 10).TotalMilliseconds);
    }

    [Fact]
    public async Task A_body_and_a_page_are_worked_on_before_they_are_looked_at()
    {
        var time = new HandTime();
        await using var shop = await OpenAsync("{\"serviceTimeMs\":0,\"workPerKilobyte\":10,\"workPerItem\":1}", time);
        var page = shop.To("marketing").GetAsync("/api/products?size=500");
        await TestShop.Until(() => time.Waiting == 1);
        time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(1, time.Waiting);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.BadRequest, (await page).StatusCode);

        var upload = shop.To("marketing").PostAsync("/echo/x", new ByteArrayContent(new byte[2048]));
        await TestShop.Until(() => time.Waiting == 1);
        time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(HttpStatusCode.OK, (await upload).StatusCode);
    }

    [Fact]
    public async Task Whoever_asks_a_store_without_a_time_out_waits_as_long_as_it_does()
    {
        using var store = new TcpListener(IPAddress.Loopback, 0);
        store.Start();
        await using var shop = await OpenAsync($"{{\"serviceTimeMs\":0,\"redisPort\":{((IPEndPoint)store.LocalEndpoint).Port}}}");
        var first = shop.To("marketing").GetAsync(Product);
        using var connection = await store.AcceptSocketAsync();
        await TestShop.Until(() => shop["marketing"].Stats().BusyWorkers == 1);
        Assert.False(first.IsCompleted);

        await connection.SendAsync("+PONG\r\n"u8.ToArray());
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);

        // The same connection, which now breaks off: an error and no end of it.
        var second = shop.To("marketing").GetAsync(Product);
        var asked = new byte[12];
        await connection.ReceiveAsync(asked);
        connection.Close();
        Assert.Equal(HttpStatusCode.InternalServerError, (await second).StatusCode);
        Assert.Equal(0, shop["marketing"].Stats().BusyWorkers);
    }

    [Fact]
    public void A_pause_holds_what_begins_in_it()
    {
        var time = new HandTime();
        var state = new FaultState(BackendProfile.All[0].Healthy with { ServiceTimeMs = 0, PauseEveryMs = 1000, PauseForMs = 400 }, time);

        Assert.Equal(0, state.Work(new(1), 1).TotalMilliseconds);
        time.Advance(TimeSpan.FromMilliseconds(700));
        Assert.Equal(300, state.Work(new(1), 1).TotalMilliseconds, 0.01);
    }

    [Fact]
    public async Task Down_refuses_until_another_backend_brings_it_up_at_the_same_address()
    {
        await using var shop = await OpenAsync("{\"down\":true}");
        var address = shop["marketing"].Address;
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => shop.To("marketing").GetAsync("/healthz"));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);

        using var up = await shop.SendAsync("after-sale", HttpMethod.Delete, "/_shop/marketing/faults");

        Assert.Equal(HttpStatusCode.OK, up.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await shop.To("marketing").GetAsync(Product)).StatusCode);
        Assert.Equal(address, shop["marketing"].Address);
    }

    [Fact]
    public async Task Down_cuts_what_is_connected()
    {
        await using var shop = await OpenAsync("{\"hangRatio\":1}");
        var hanging = shop.To("marketing").GetAsync(Product);
        await TestShop.Until(() => shop["marketing"].Stats().InFlight == 1);

        await shop["marketing"].SetFaultsAsync(now => now with { Down = true });

        await Assert.ThrowsAsync<HttpRequestException>(() => hanging);
    }

    [Theory]
    [InlineData("{\"latencMs\":5}", "unknown fault \"latencMs\"")]
    [InlineData("{\"latencyMs\":5,\"latencyMs\":6}", "not valid JSON")]
    [InlineData("{\"errorRatio\":1.5}", "errorRatio must be a number from 0 to 1")]
    [InlineData("{\"workers\":0}", "workers must be a whole number from 1 to 100000")]
    [InlineData("{\"down\":\"yes\"}", "down must be true or false")]
    [InlineData("{\"malformed\":\"much\"}", "malformed must be one of none, short-length")]
    [InlineData("{\"pauseForMs\":5}", "pauseForMs must be less than pauseEveryMs")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{", "not valid JSON")]
    public async Task A_wrong_fault_is_refused_in_one_line_and_changes_nothing(string json, string says)
    {
        await using var shop = await TestShop.OpenAsync();
        using var answer = await shop.To("marketing").PutAsync("/_shop/faults", new StringContent(json));
        var line = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith(says, line, StringComparison.Ordinal);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.Equal(shop["marketing"].Defaults, shop["marketing"].Faults);
    }

    [Fact]
    public async Task A_put_says_all_and_a_delete_heals()
    {
        await using var shop = await OpenAsync("{\"latencyMs\":5}");
        await shop.To("marketing").PutAsync("/_shop/faults", new StringContent("{\"queue\":7}"));
        Assert.Equal(shop["marketing"].Defaults with { Queue = 7 }, shop["marketing"].Faults);
        Assert.Equal(7, (await shop.GetAsync("marketing", "/_shop/faults")).GetProperty("queue").GetInt32());

        await shop.To("marketing").DeleteAsync("/_shop/faults");
        Assert.Equal(shop["marketing"].Defaults, shop["marketing"].Faults);
    }

    private static async Task<TestShop> OpenAsync(string faults, TimeProvider? time = null)
    {
        var shop = await TestShop.OpenAsync(time);
        using var answer = await shop.To("marketing").PutAsync("/_shop/faults", new StringContent(faults));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return shop;
    }

    /// <summary>All bytes of one answer, until the connection ends.</summary>
    private static async Task<string> RawAsync(TestShop shop)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, shop["marketing"].Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {Product} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"));
        var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all);
        }
        catch (IOException)
        {
            // Cut rather than closed: what came is what counts.
        }

        return Encoding.ASCII.GetString(all.ToArray());
    }
}
