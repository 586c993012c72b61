#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "worker-agent/stats/container_meter.hpp"
#include "worker-agent/stats/host_meter.hpp"

namespace stats {
namespace {

const base::ReplicaId kReplica = *base::ReplicaId::parse("01900000-0000-7000-8000-000000000001");

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/wh-stats-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((path_ / file).parent_path());
    std::ofstream(path_ / file) << text;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(HostMeter, reads_proc_s_forms) {
  const auto ticks = parse_cpu("cpu  10 20 30 400 50 6 7 8 99 98\ncpu0 1 2 3\n");
  const auto memory = parse_memory("MemTotal:       1000 kB\nMemFree:  5 kB\nMemAvailable:    250 kB\n");

  ASSERT_TRUE(ticks.has_value());
  EXPECT_EQ(ticks->all, 531U);
  EXPECT_EQ(ticks->busy, 81U);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total_bytes, 1'024'000U);
  EXPECT_EQ(memory->available_bytes, 256'000U);
  EXPECT_FALSE(parse_cpu("intr 1 2 3"));
  EXPECT_FALSE(parse_cpu("cpu  1 2"));
  EXPECT_FALSE(parse_memory("MemTotal: many"));
}

TEST(HostMeter, tells_what_the_kernel_tells) {
  HostMeter meter("/tmp");
  struct statvfs disk{};
  ASSERT_EQ(::statvfs("/tmp", &disk), 0);

  const auto host = meter.blocking_read();

  const auto pages =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(host.cpus, static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_NEAR(static_cast<double>(host.memory_total_bytes), static_cast<double>(pages),
              0.02 * static_cast<double>(pages));
  EXPECT_GT(host.memory_used_bytes, 0U);
  EXPECT_LT(host.memory_used_bytes, host.memory_total_bytes);
  EXPECT_EQ(host.disk_total_bytes, disk.f_blocks * disk.f_frsize);
  EXPECT_LE(host.cpu_permille, 1000U);
  EXPECT_GT(host.cpu_permille, 0U);
  EXPECT_GE(host.load_1, 0.0);
}

TEST(ContainerMeter, reads_control_groups_of_version_1) {
  Folder folder;
  folder.write("cg/cpuacct/wh-1/libpod-abc/cpuacct.usage", "1500000000\n");
  folder.write("cg/memory/wh-1/libpod-abc/memory.usage_in_bytes", "5000\n");
  folder.write("cg/memory/wh-1/libpod-abc/memory.stat", "cache 1\ntotal_inactive_file 1500\n");
  folder.write("proc/77/net/dev",
               "Inter-|   Receive                                                |  Transmit\n"
               " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
               "    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n"
               "  eth0: 100 1 0 0 0 0 0 0 40 1 0 0 0 0 0 0\n  eth1:7 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n");
  const ContainerMeter meter("/wh-1", folder.path() / "cg", folder.path() / "proc");

  const auto read = meter.blocking_read({{kReplica, "abc", 77}, {kReplica, "gone", 78}});

  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].replica_id, kReplica);
  EXPECT_EQ(read[0].cpu_ms, 1500U);
  EXPECT_EQ(read[0].memory_bytes, 3500U);
  EXPECT_EQ(read[0].received_bytes, 107U);
  EXPECT_EQ(read[0].sent_bytes, 42U);
}

TEST(ContainerMeter, reads_control_groups_of_version_2) {
  Folder folder;
  folder.write("cg/wh-1/libpod-abc/cpu.stat", "usage_usec 2500000\nuser_usec 1\n");
  folder.write("cg/wh-1/libpod-abc/memory.current", "9000\n");
  folder.write("cg/wh-1/libpod-abc/memory.stat", "anon 1\ninactive_file 500\n");
  const ContainerMeter meter("/wh-1", folder.path() / "cg", folder.path() / "proc");

  const auto read = meter.blocking_read({{kReplica, "abc", 77}});

  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].cpu_ms, 2500U);
  EXPECT_EQ(read[0].memory_bytes, 8500U);
  EXPECT_EQ(read[0].received_bytes, 0U);
}

}  // namespace
}  // namespace stats
