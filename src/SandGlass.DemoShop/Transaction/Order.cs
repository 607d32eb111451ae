namespace SandGlass.DemoShop;

/// <param name="Sku">With a quantity: this product. Without a sku: the user's cart.</param>
internal sealed record OrderRequest(string? Sku, int? Quantity);

internal sealed record OrderView(string Id, string User, IReadOnlyList<OrderLine> Items, long Total, string Currency, string State, DateTimeOffset PlacedAt);

internal sealed record OrderLine(string Sku, int Quantity, long Price, int StockLeft);

internal sealed record PaymentView(string OrderId, string State, long Amount, string Currency, DateTimeOffset? PaidAt);

/// <summary>An order that was placed. All of it is fixed but its payment, which happens once.</summary>
internal sealed class Order(string id, string user, IReadOnlyList<OrderLine> lines, DateTimeOffset placedAt)
{
    private readonly TaskCompletionSource<DateTimeOffset> paid = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long total = lines.Sum(line => line.Price * line.Quantity);

    public string Id => id;

    public string User => user;

    /// <summary>Ends when the order is paid.</summary>
    public Task Paid => paid.Task;

    public OrderView View => new(id, user, lines, total, "CNY", State, placedAt);

    public PaymentView Payment => new(id, State, total, "CNY", Paid.IsCompleted ? paid.Task.Result : null);

    private string State => Paid.IsCompleted ? "paid" : "unpaid";

    /// <summary>Paying twice is paying once.</summary>
    public void Pay(DateTimeOffset at) => paid.TrySetResult(at);
}
