namespace SandGlass.Policy;

/// <summary>
/// The one policy in force, and what became of the last attempt to change it. All or nothing: a file that is not valid in every part
/// changes nothing. Requests read <see cref="Current"/> once each; nobody else may hold on to a snapshot.
/// </summary>
public sealed class PolicyStore
{
    private readonly Lock _applying = new();
    private readonly PolicyCompiler _compiler;
    private readonly GatewayState _state;
    private readonly ILogger _log;
    private volatile Snapshot? _current;
    private volatile ReloadReport _last = ReloadReport.None;
    // An array, so that who reads it meanwhile sees one or the other.
    private volatile byte[] _source = [];
    private string[] _accepted = [];
    private long _applied;
    private long _rejected;

    /// <summary>A store without a policy yet.</summary>
    public PolicyStore(PolicyCompiler compiler, GatewayState state, string file, ILogger log)
    {
        _compiler = compiler;
        _state = state;
        _log = log;
        File = file;
        BaseDirectory = Path.GetDirectoryName(Path.GetFullPath(file)) ?? ".";
    }

    /// <summary>Raised after a new snapshot is in force; handlers must be quick and may not throw.</summary>
    public event Action<Snapshot>? Changed;

    /// <summary>The policy's file.</summary>
    public string File { get; }

    /// <summary>Where the policy's relative paths begin.</summary>
    public string BaseDirectory { get; }

    /// <summary>The policy in force.</summary>
    /// <exception cref="InvalidOperationException">None has been applied yet.</exception>
    public Snapshot Current => _current ?? throw new InvalidOperationException("no policy has been applied yet");

    /// <summary>Whether there is a policy.</summary>
    public bool HasPolicy => _current is not null;

    /// <summary>What became of the last attempt to change it.</summary>
    public ReloadReport Last => _last;

    /// <summary>Policies taken and turned away since the start.</summary>
    public (long Applied, long Rejected) Reloads => (Interlocked.Read(ref _applied), Interlocked.Read(ref _rejected));

    /// <summary>What the files that the policy in force names looked like when it was applied.</summary>
    internal string FilesStamp { get; private set; } = string.Empty;

    /// <summary>The policy's bytes as they were applied last.</summary>
    public ReadOnlyMemory<byte> Source => _source;

    /// <summary>Checks bytes without applying them: what check, reload and the admin API all ask.</summary>
    public PolicyReading Check(ReadOnlyMemory<byte> utf8) => PolicyReader.Read(utf8, File, BaseDirectory, _state.Time);

    /// <summary>Makes these bytes the policy in force if they are valid in every part.</summary>
    /// <param name="utf8">The file's bytes.</param>
    /// <param name="isStill">
    /// Asked when nobody else can change the policy any more: whether these bytes are still the ones to take. Who has read the file and
    /// waited would else put back what the admin API has replaced meanwhile.
    /// </param>
    /// <returns>What came of it; <see cref="ReloadReport.Accepted"/> tells.</returns>
    public ReloadReport Apply(ReadOnlyMemory<byte> utf8, Func<bool>? isStill = null)
    {
        lock (_applying)
        {
            if (isStill?.Invoke() == false)
            {
                return _last;
            }

            // Taken before they are read: what changes from here on is a change to come.
            var files = NamedFiles.Stamp(NamedFiles.In(utf8.Span, BaseDirectory));
            if (_current is { } current && PolicyReader.Revision(utf8.Span) == current.Revision && files == FilesStamp)
            {
                // The same bytes again and the same files behind them, or a rejected file taken back: nothing to do but to say that all is well.
                return _last = new(true, current.Revision, _last.Accepted ? _last.At : _state.Time.GetLocalNow(), _accepted);
            }

            var reading = Check(utf8);
            string[] problems = [.. new PolicyReport(File, utf8).Render(reading.Problems)];
            if (reading.Policy is null)
            {
                return Reject(reading.Revision, problems);
            }

            Snapshot snapshot;
            try
            {
                snapshot = _compiler.Compile(reading);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
            {
                _state.Forget(_current?.Policy ?? reading.Policy);
                return Reject(reading.Revision, [.. problems, $"{File}: error: {fault.Message}; check the files that the policy names"]);
            }
            catch (Exception defect)
            {
                // All or nothing holds for our own faults too: who has put the policy is told, and what was in force serves on.
                _log.LogError(defect, "A defect of SandGlass while compiling policy {Revision}", reading.Revision);
                _state.Forget(_current?.Policy ?? reading.Policy);
                return Reject(reading.Revision, [.. problems, $"{File}: error: a defect of SandGlass: {defect.Message}; please report it with this file"]);
            }

            _source = utf8.ToArray();
            FilesStamp = files;
            _accepted = problems;
            // Told before it is in force: who sees the policy must not read of an older one's fate beside it.
            Interlocked.Increment(ref _applied);
            _last = new(true, reading.Revision, snapshot.LoadedAt, problems);
            _current = snapshot;
            _state.Forget(reading.Policy);
            Changed?.Invoke(snapshot);
            return _last;
        }
    }

    /// <summary>
    /// Makes the last good policy the one in force, at a start whose file was turned away. What is told of the last attempt stays that
    /// file's: it is what somebody has to mend.
    /// </summary>
    public bool FallBackTo(ReadOnlyMemory<byte> lastGood)
    {
        lock (_applying)
        {
            var rejected = _last;
            var taken = Apply(lastGood).Accepted;
            _last = rejected;
            return taken;
        }
    }

    /// <summary>Turns a file away that could not even be read.</summary>
    public ReloadReport Unreadable(string why)
    {
        lock (_applying)
        {
            return Reject("unreadable", [$"{File}: error: {why}"]);
        }
    }

    private ReloadReport Reject(string revision, IReadOnlyList<string> problems)
    {
        Interlocked.Increment(ref _rejected);
        _last = new(false, revision, _state.Time.GetLocalNow(), problems);
        if (HasPolicy)
        {
            _log.LogError(
                "Policy {Revision} was rejected; {Current} serves on. {Problems}", revision, Current.Revision, string.Join('\n', problems));
        }

        return _last;
    }
}

/// <summary>What became of an attempt to change the policy.</summary>
/// <param name="Accepted">Whether it is in force now.</param>
/// <param name="Revision">Its revision; empty before the first attempt.</param>
/// <param name="At">When, wall clock.</param>
/// <param name="Problems">Errors and warnings as <c>check</c> prints them.</param>
public sealed record ReloadReport(bool Accepted, string Revision, DateTimeOffset At, IReadOnlyList<string> Problems)
{
    /// <summary>There was no attempt yet.</summary>
    public static ReloadReport None { get; } = new(true, string.Empty, default, []);
}
