using SandGlass.Alarms;

namespace SandGlass.Telemetry;

/// <summary>The alarms' part of <c>/metrics</c>.</summary>
internal static class AlarmMetrics
{
    /// <summary>Writes it.</summary>
    public static void Write(PrometheusText text, AlarmBoard board, AlarmWebhook webhook)
    {
        text.Family("sandglass_alarm_firing", "gauge", "1 while the alarm fires.");
        foreach (var alarm in board.Now)
        {
            text.Sample(alarm.IsFiring ? 1 : 0, ("alarm", alarm.Name), ("severity", Policy.PolicyShape.Word(alarm.Severity)));
        }

        text.Family("sandglass_used_ratio", "gauge", "What is used of what the process may use, 0..1.");
        text.Sample(board.Readings.Cpu, ("resource", "cpu"));
        text.Sample(board.Readings.Memory, ("resource", "memory"));
        if (board.Readings.Disk is var disk && !double.IsNaN(disk))
        {
            text.Sample(disk, ("resource", "disk"));
        }

        var network = board.Readings.Network;
        if (!double.IsNaN(network.Use))
        {
            text.Sample(network.Use, ("resource", "network"));
        }

        if (!double.IsNaN(network.Loss))
        {
            text.Family("sandglass_network_loss_ratio", "gauge", "TCP segments of the last ten seconds that were sent again, 0..1.");
            text.Sample(network.Loss);
        }

        text.Family("sandglass_network_bytes_total", "counter", "Bytes over the machine's interfaces but the loopback, since the machine's start.");
        text.Sample(network.BytesIn, ("direction", "in"));
        text.Sample(network.BytesOut, ("direction", "out"));

        if (board.Readings.CertificateLeft is var left && !double.IsNaN(left))
        {
            text.Family("sandglass_certificate_left_seconds", "gauge", "Until the first certificate of our listeners runs out.");
            text.Sample(left);
        }

        var (sent, retried, failed, dropped) = webhook.Totals;
        text.Family("sandglass_alarm_webhook_total", "counter", "Alarms for the webhook: told, tried again, given up, pushed out by newer ones.");
        text.Sample(sent, ("result", "sent"));
        text.Sample(retried, ("result", "retried"));
        text.Sample(failed, ("result", "failed"));
        text.Sample(dropped, ("result", "dropped"));
    }
}
