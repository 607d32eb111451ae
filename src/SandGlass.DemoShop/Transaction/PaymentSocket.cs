using System.Net.WebSockets;
using System.Text.Json;

namespace SandGlass.DemoShop;

/// <summary>One watcher: gets the payment at once and when it is made; whatever it sends comes back.</summary>
internal sealed class PaymentSocket(WebSocket socket, Order order, CancellationToken aborted) : IDisposable
{
    private readonly SemaphoreSlim sending = new(1);        // a socket takes one message at a time
    private readonly CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(aborted);

    public async Task RunAsync()
    {
        await PushAsync();
        var news = order.Paid.IsCompleted ? Task.CompletedTask : TellAsync();
        try
        {
            await EchoAsync();
        }
        catch (WebSocketException)
        {
            // The watcher left without a word.
        }
        finally
        {
            await over.CancelAsync();
            await news;
        }
    }

    public void Dispose()
    {
        sending.Dispose();
        over.Dispose();
    }

    private async Task EchoAsync()
    {
        var buffer = new byte[4096];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), over.Token);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, over.Token);
                return;
            }

            await SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage);
        }
    }

    private async Task TellAsync()
    {
        try
        {
            await order.Paid.WaitAsync(over.Token);
            await PushAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The watcher did not wait for it.
        }
    }

    private Task PushAsync() =>
        SendAsync(JsonSerializer.SerializeToUtf8Bytes(order.Payment, ShopJson.Default.PaymentView), WebSocketMessageType.Text, true);

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type, bool last)
    {
        await sending.WaitAsync(over.Token);
        try
        {
            await socket.SendAsync(bytes, type, last, over.Token);
        }
        finally
        {
            sending.Release();
        }
    }
}
