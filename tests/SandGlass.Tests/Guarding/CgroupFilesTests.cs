using SandGlass.Guarding;
using SandGlass.Testing;
using Xunit;

namespace SandGlass.Tests.Guarding;

public sealed class CgroupFilesTests : IDisposable
{
    private readonly string _root = TestFolder.New("cgroup-");

    [Fact]
    public void Reads_the_quota_and_what_was_used_and_throttled()
    {
        Own("/shop");
        Write("sys/fs/cgroup/shop/cpu.max", "150000 100000\n");
        Write("sys/fs/cgroup/shop/cpu.stat", "usage_usec 2500000\nuser_usec 1\nsystem_usec 1\nnr_periods 10\nnr_throttled 4\nthrottled_usec 500000\n");

        Assert.Equal((1.5, 2.5, 0.5), new CgroupFiles(_root).Cpu());
    }

    [Fact]
    public void Takes_the_tightest_quota_on_the_way_up()
    {
        Own("/pod/container");
        Write("sys/fs/cgroup/pod/container/cpu.max", "max 100000");
        Write("sys/fs/cgroup/pod/container/cpu.stat", "usage_usec 1");
        Write("sys/fs/cgroup/pod/cpu.max", "50000 100000");
        Write("sys/fs/cgroup/pod/cpu.stat", "usage_usec 3000000");

        Assert.Equal((0.5, 3, 0), new CgroupFiles(_root).Cpu());
    }

    [Theory]
    [InlineData("0::/\n")]
    [InlineData("0::/../elsewhere\n")]
    [InlineData("0::/not/mounted/here\n")]
    public void Sees_the_containers_own_root_where_its_path_is_not_mounted(string own)
    {
        Write("proc/self/cgroup", "4:memory:/x\n" + own);
        Write("sys/fs/cgroup/memory.max", "1000");
        Write("sys/fs/cgroup/memory.current", "700");
        Write("sys/fs/cgroup/memory.stat", "anon 500\ninactive_file_x 650\ninactive_file 200\n");

        Assert.Equal(0.5, new CgroupFiles(_root).Memory());
    }

    [Theory]
    [InlineData("max 100000", "max")]
    [InlineData("", "")]
    [InlineData("rubbish", "0")]
    [InlineData("0 0", "-5")]
    public void Says_nothing_where_there_is_no_limit_or_no_sense(string cpu, string memory)
    {
        Own("/shop");
        Write("sys/fs/cgroup/shop/cpu.max", cpu);
        Write("sys/fs/cgroup/shop/cpu.stat", "usage_usec 1");
        Write("sys/fs/cgroup/shop/memory.max", memory);
        Write("sys/fs/cgroup/shop/memory.current", "1");

        Assert.Null(new CgroupFiles(_root).Cpu());
        Assert.Null(new CgroupFiles(_root).Memory());
        Assert.Null(new CgroupFiles(Path.Combine(_root, "nowhere")).Cpu());
    }

    [Theory]
    [InlineData("Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files     \n", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files\n", null)]
    public void Reads_how_many_files_may_be_open(string limits, int? most)
    {
        Write("proc/self/limits", limits);

        Assert.Equal(most, new CgroupFiles(_root).OpenFiles());
    }

    [Theory]
    [InlineData(0.05, 0, 0.1, 1, 0.5)]
    [InlineData(0.1, 0, 0.1, 2, 0.5)]
    [InlineData(0.05, 0.03, 0.1, 1, 0.8)]
    [InlineData(5, 5, 0.1, 1, 1)]
    [InlineData(1, 0, 0, 1, 0)]
    public void Counts_throttled_time_as_used(double used, double throttled, double seconds, double cpus, double share) =>
        Assert.Equal(share, MachineReadings.Share(used, throttled, seconds, cpus), 6);

    [Fact]
    public void Falls_back_to_the_process_where_no_cgroup_says_anything()
    {
        var readings = new MachineReadings(new(Path.Combine(_root, "nowhere")));
        readings.Read(3);
        var reading = readings.Read(7);

        Assert.Equal(7, reading.Connections);
        Assert.InRange(reading.Memory, 0.0001, 1);
        Assert.InRange(reading.Cpu, 0, 1);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Own(string group) => Write("proc/self/cgroup", $"0::{group}\n");

    private void Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
