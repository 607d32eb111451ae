using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SandGlass.DemoShop;

/// <summary>The JSON of each product in each currency, written once and again only when its stock has changed.</summary>
internal sealed class ProductPages(Catalogue catalogue, Stock stock)
{
    /// <summary>The relaxed encoder keeps the pictures' quotes short; nothing here comes from a client.</summary>
    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ProductPage?[] pages = new ProductPage?[Catalogue.Size * Currency.All.Count];

    public Catalogue Catalogue => catalogue;

    public ProductPage Of(Product product, Currency currency)
    {
        ref var kept = ref pages[(product.Number - 1) * Currency.All.Count + currency.Index];
        var now = stock.Of(product);
        var page = Volatile.Read(ref kept);
        if (page is null || page.Stock != now)
        {
            Volatile.Write(ref kept, page = Write(product, currency, now));     // two at once write the same
        }

        return page;
    }

    /// <summary>A list of products with its total, as <c>{"total":…, "page":…, "products":[…]}</c>.</summary>
    public byte[] List(IEnumerable<Product> products, Currency currency, int total, int page)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(buffer, Written);
        json.WriteStartObject();
        json.WriteNumber("total", total);
        json.WriteNumber("page", page);
        json.WriteStartArray("products");
        foreach (var product in products)
        {
            json.WriteRawValue(Of(product, currency).Body, skipInputValidation: true);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private ProductPage Write(Product product, Currency currency, int left)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Written);
        json.WriteStartObject();
        json.WriteString("sku", product.Sku);
        json.WriteString("name", product.Name);
        json.WriteString("brand", product.Brand);
        json.WriteString("category", product.Category);
        json.WriteNumber("price", currency.From(product.PriceFen));
        json.WriteString("currency", currency.Code);
        json.WriteNumber("stock", left);
        json.WriteNumber("rating", product.Rating);
        json.WriteNumber("reviews", product.Reviews);
        json.WriteString("image", product.Image);
        json.WriteEndObject();
        json.Flush();
        return new(left, buffer.WrittenSpan.ToArray(), $"\"{catalogue.Seed:x}-{product.Number}-{currency.Code}-{left}\"");
    }
}

/// <param name="Stock">The stock it tells of.</param>
internal sealed record ProductPage(int Stock, byte[] Body, string ETag);
