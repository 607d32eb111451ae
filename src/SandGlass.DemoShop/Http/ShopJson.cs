using System.Text.Json.Serialization;

namespace SandGlass.DemoShop;

/// <summary>All that the shop reads and writes as JSON, compiled ahead.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Echo))]
[JsonSerializable(typeof(ShopStats))]
[JsonSerializable(typeof(ReviewPage))]
[JsonSerializable(typeof(CartLine))]
[JsonSerializable(typeof(CartView))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(OrderView))]
[JsonSerializable(typeof(PaymentView))]
[JsonSerializable(typeof(ShipmentRequest))]
[JsonSerializable(typeof(Shipment))]
[JsonSerializable(typeof(ShipmentStep))]
[JsonSerializable(typeof(RefundRequest))]
[JsonSerializable(typeof(Refund))]
[JsonSerializable(typeof(RefundList))]
[JsonSerializable(typeof(BodyDigest))]
internal sealed partial class ShopJson : JsonSerializerContext;
