namespace SandGlass.DemoShop;

internal sealed record ShipmentRequest(string? OrderId);

internal sealed record Shipment(string Id, string OrderId, string Carrier, string State, DateTimeOffset CreatedAt);

internal sealed record ShipmentStep(string OrderId, int Step, string State);

/// <summary>
/// The parcels, one per order: at most <see cref="MostShipments"/>, then the oldest is forgotten. Orders o-1 to o-1000 were sent
/// long ago, so that readers find something without ordering first.
/// </summary>
internal sealed class Shipments(TimeProvider time)
{
    private const int MostShipments = 100_000;
    private const int OldOnes = 1000;

    private static readonly string[] Carriers = ["SF Express", "DHL", "YTO", "La Poste"];

    private readonly BoundedMap<string, Shipment> byOrder = Old(time.GetUtcNow());

    /// <summary>What a parcel goes through.</summary>
    public static IReadOnlyList<string> Steps { get; } = ["accepted", "packed", "handed-over", "in-transit", "delivered"];

    /// <summary>By the order's id or the parcel's own.</summary>
    public Shipment? Find(string id) => byOrder.TryGet(id.StartsWith("s-", StringComparison.Ordinal) ? id[2..] : id, out var found) ? found : null;

    /// <summary>Sending twice is sending once.</summary>
    public Shipment Send(string orderId) => byOrder.GetOrAdd(orderId, id => Make(id, Steps[0], time.GetUtcNow()));

    private static BoundedMap<string, Shipment> Old(DateTimeOffset now)
    {
        var map = new BoundedMap<string, Shipment>(MostShipments);
        for (var number = 1; number <= OldOnes; number++)
        {
            map.GetOrAdd($"o-{number}", id => Make(id, Steps[^1], now.AddDays(-number % 90 - 5)));
        }

        return map;
    }

    private static Shipment Make(string orderId, string state, DateTimeOffset at) =>
        new("s-" + orderId, orderId, Carriers[orderId.Sum(letter => letter) % Carriers.Length], state, at);
}
