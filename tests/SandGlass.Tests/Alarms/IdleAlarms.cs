using SandGlass.Alarms;
using SandGlass.Hosting;
using SandGlass.Telemetry;
using SandGlass.Testing;

namespace SandGlass.Tests.Alarms;

/// <summary>A board of alarms that nobody beats: for tests of what needs one and asks none.</summary>
internal sealed class IdleAlarms : IAsyncDisposable
{
    private readonly Sampler _sampler;

    /// <param name="glass">Whose alarms.</param>
    /// <param name="path">A folder for what they keep.</param>
    public IdleAlarms(Glass glass, string path)
    {
        var folder = new StateFolder(path, glass.Log);
        _sampler = new(glass.State, glass.Store, new(glass.State, folder, new(folder, glass.Clock, glass.Log), glass.Clock), TimeProvider.System);
        Board = new(new(glass.State, glass.Store, _sampler, path), glass.Clock, glass.Log);
    }

    public AlarmBoard Board { get; }

    public ValueTask DisposeAsync() => _sampler.DisposeAsync();
}
