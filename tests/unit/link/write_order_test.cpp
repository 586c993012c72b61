// What a power cut leaves of the journal: each file is on disk before its name is, and its name before anything goes
// on.

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"
#include "common/crypto/random.hpp"
#include "common/json/json.hpp"
#include "worker-agent/link/link_store.hpp"

namespace {

namespace fs = std::filesystem;

/// What this program asked of the disk in one folder, in its order; empty: nobody listens.
struct Calls {
  std::string folder;
  std::vector<std::string> made;
};
base::Guarded<Calls>& calls() {
  static base::Guarded<Calls> all;
  return all;
}

void note(const std::string& what, const fs::path& path) {
  calls().with([&](Calls& all) {
    if (all.folder.empty() || !path.string().starts_with(all.folder)) return;
    auto name = path.string().substr(all.folder.size());
    if (const auto end = name.find(".new-"); end != std::string::npos) name = name.substr(0, end) + ".new";
    all.made.push_back(what + " " + (name.empty() ? "/" : name));
  });
}

}  // namespace

// In place of the C library's, in this program only.
extern "C" int fsync(int fd) {
  std::error_code gone;
  note("sync", fs::read_symlink("/proc/self/fd/" + std::to_string(fd), gone));
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
extern "C" int rename(const char* from, const char* to) noexcept {
  note("rename", from);
  note("to", to);
  return static_cast<int>(::syscall(SYS_rename, from, to));
}

namespace agent {
namespace {

class WriteOrder : public ::testing::Test {
 protected:
  WriteOrder() : folder_(fs::path("/dev/shm") / ("wh-order-" + base::hex_encode(crypto::random_bytes(6)))) {
    store_.blocking_load_keys();
  }
  ~WriteOrder() override { fs::remove_all(folder_); }

  /// What `write` asks of the disk.
  std::vector<std::string> asked(const std::function<void()>& write) {
    calls().with([&](Calls& all) { all = {.folder = (folder_ / "link").string(), .made = {}}; });
    write();
    return calls().with([](Calls& all) { return std::exchange(all, {}).made; });
  }
  static std::vector<std::string> durable(const std::string& folder, const std::string& name) {
    const auto file = folder + "/" + name;
    return {"sync " + file + ".new", "rename " + file + ".new", "to " + file,
            "sync " + (folder.empty() ? "/" : folder)};
  }
  static KeptCommand kept(const auto& command) {
    return KeptCommand{.key_id = "ck1", .sig = {"sig"}, .command = json::encode(command)};
  }

  fs::path folder_;
  base::ManualClock clock_{base::UtcTime(std::chrono::hours(24 * 365 * 56))};
  LinkStore store_{folder_};
};

TEST_F(WriteOrder, a_file_is_synced_then_named_then_its_folder_is_synced) {
  const protocol::JobCommand job{.job_id = base::JobId::make(clock_), .attempt = 1, .lease_s = 60};
  const protocol::AssignmentCommand assignment{.head = {.command = protocol::CommandType::assignment, .epoch = 5},
                                               .generation = 9};
  const auto commands = store_.blocking_load_commands();

  EXPECT_EQ(asked([&] { store_.blocking_save_commands(commands); }), durable("", "commands.json"));
  EXPECT_EQ(asked([&] { store_.blocking_save_assignment("replicas", kept(assignment)); }),
            durable("/assignments", "replicas.json"));
  EXPECT_EQ(asked([&] { store_.blocking_save_job(job, JobRecord{.command = kept(job)}); }),
            durable("/jobs", job.job_id.to_string() + "-1.json"));
}

}  // namespace
}  // namespace agent
