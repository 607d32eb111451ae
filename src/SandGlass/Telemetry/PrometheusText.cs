using System.Globalization;
using System.Text;

namespace SandGlass.Telemetry;

/// <summary>Writes Prometheus' text format 0.0.4. One <c>HELP</c> and <c>TYPE</c> a family, then its samples.</summary>
internal sealed class PrometheusText
{
    /// <summary>The content type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(16 << 10);
    private string _name = string.Empty;

    /// <summary>Begins a family.</summary>
    public PrometheusText Family(string name, string type, string help)
    {
        _name = name;
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    /// <summary>One sample of the family.</summary>
    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Sample(string.Empty, value, labels);

    /// <summary>One sample of the family, whose name goes on with <paramref name="suffix"/> (<c>_bucket</c>, <c>_sum</c>, <c>_count</c>).</summary>
    public void Sample(string suffix, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_name).Append(suffix);
        for (var i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"");
            foreach (var c in labels[i].Value)
            {
                _ = c switch
                {
                    '\\' => _text.Append("\\\\"),
                    '"' => _text.Append("\\\""),
                    '\n' => _text.Append("\\n"),
                    _ => _text.Append(c),
                };
            }

            _text.Append('"').Append(i == labels.Length - 1 ? "}" : string.Empty);
        }

        _text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
