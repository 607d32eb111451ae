namespace SandGlass.Algorithms.Breaking;

/// <summary>
/// Calls, failures and slow calls of the last window, in ten steps: between nine and ten tenths of it are looked back on.
/// A clock that steps back counts into the current step. Another window's length starts afresh. Its owner's lock guards it.
/// </summary>
internal sealed class SlidingCounts
{
    private const int Steps = 10;

    private readonly Step[] _steps = new Step[Steps];
    private Step _sum;
    private long _width;
    private long _number;

    private record struct Step(int Calls, int Failed, int Slow);

    public int Calls => _sum.Calls;

    public int Failed => _sum.Failed;

    public int Slow => _sum.Slow;

    /// <summary>Counts one call that ended now.</summary>
    public void Add(long window, long now, bool failed, bool slow)
    {
        Advance(Math.Max(1, window / Steps), now);
        ref Step step = ref _steps[Index(_number)];
        step.Calls++;
        _sum.Calls++;
        step.Failed += failed ? 1 : 0;
        _sum.Failed += failed ? 1 : 0;
        step.Slow += slow ? 1 : 0;
        _sum.Slow += slow ? 1 : 0;
    }

    private void Advance(long width, long now)
    {
        long number = (now / width) - (now % width < 0 ? 1 : 0);
        if (width != _width)
        {
            _width = width;
            _number = number - Steps;
        }

        // More than ten steps on, nothing old is left; fewer, only the steps passed over are cleared.
        _number = Math.Max(_number, number - Steps);
        while (_number < number)
        {
            _number++;
            ref Step oldest = ref _steps[Index(_number)];
            _sum.Calls -= oldest.Calls;
            _sum.Failed -= oldest.Failed;
            _sum.Slow -= oldest.Slow;
            oldest = default;
        }
    }

    private static int Index(long number) => (int)(((number % Steps) + Steps) % Steps);
}
