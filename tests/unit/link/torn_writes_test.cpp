// The journal after a power cut or a bad disk: each of its files cut at every byte, or with any byte changed.

#include <gtest/gtest.h>

#include <fstream>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/crypto/random.hpp"
#include "common/json/json.hpp"
#include "worker-agent/link/link_store.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

class TornWrites : public ::testing::Test {
 protected:
  TornWrites() : folder_(fs::path("/dev/shm") / ("wh-torn-" + base::hex_encode(crypto::random_bytes(6)))) {
    LinkStore& store = store_;
    store.blocking_load_keys();
    job_ = {.job_id = base::JobId::make(clock_), .attempt = 1, .lease_s = 60};
    assignment_ = {.head = {.command = protocol::CommandType::assignment, .epoch = 5}, .generation = 9};
    store.blocking_save_job(job_, JobRecord{.command = kept(job_)});
    store.blocking_save_assignment("replicas", kept(assignment_));
    store.blocking_save_commands(store.blocking_load_commands());
    store.blocking_save_identity(Identity{.worker_id = base::WorkerId::make(clock_), .name = "local"});
  }
  ~TornWrites() override { fs::remove_all(folder_); }

  static KeptCommand kept(const auto& command) {
    return KeptCommand{.key_id = "ck1", .sig = {"sig"}, .command = json::encode(command)};
  }
  fs::path link(const std::string& name) const { return folder_ / "link" / name; }
  std::string job_file() const { return "jobs/" + job_.job_id.to_string() + "-1.json"; }

  /// Every cut and every change of one byte, one after the other; `check` is told whether the content was whole.
  template <class F>
  void damage(const std::string& name, F check) {
    const fs::path file = link(name);
    const std::string whole = base::blocking_read_file(file);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      put(file, whole.substr(0, at));
      check("cut at " + std::to_string(at), whole.substr(0, at));
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x01);
      put(file, changed);
      check("changed at " + std::to_string(at), changed);
    }
    put(file, whole);
  }
  static void put(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    fs::permissions(file, fs::perms(0600));
    fs::path aside = file;
    fs::remove(aside += ".unreadable");
  }

  fs::path folder_;
  LinkStore store_{folder_};
  base::SystemClock clock_;
  protocol::JobCommand job_;
  protocol::AssignmentCommand assignment_;
};

TEST_F(TornWrites, a_job_record_is_read_as_it_was_or_set_aside) {
  const std::string expected = json::encode(job_);

  damage(job_file(), [&](const std::string& how, const std::string&) {
    const auto records = store_.blocking_load_jobs();

    ASSERT_LE(records.size(), 1U) << how;
    if (!records.empty()) EXPECT_EQ(records[0].command.command, expected) << how;
    EXPECT_EQ(records.empty(), fs::exists(link(job_file() + ".unreadable"))) << how;
  });
}

TEST_F(TornWrites, an_assignment_is_read_as_it_was_or_set_aside) {
  const std::string expected = json::encode(assignment_);

  damage("assignments/replicas.json", [&](const std::string& how, const std::string&) {
    const auto assignments = store_.blocking_load_assignments();

    if (assignments.contains("replicas")) EXPECT_EQ(assignments.at("replicas").command, expected) << how;
  });
}

TEST_F(TornWrites, what_was_accepted_is_known_whatever_became_of_the_state) {
  damage("commands.json", [&](const std::string& how, const std::string&) {
    const auto state = store_.blocking_load_commands();

    EXPECT_EQ(state.highest_epoch, 5U) << how;
    ASSERT_EQ(state.jobs.size(), 1U) << how;
    EXPECT_EQ(state.jobs[0].job_id, job_.job_id) << how;
    EXPECT_EQ(state.marks.at("replicas").generation, 9U) << how;
  });
}

TEST_F(TornWrites, keys_and_identity_are_never_half_believed) {
  const auto api_key = store_.blocking_load_keys().api_key;
  const auto identity = store_.blocking_load_identity()->worker_id;

  damage("keys.json", [&](const std::string& how, const std::string&) {
    try {
      EXPECT_TRUE(store_.blocking_load_keys().api_key.equals(api_key.reveal())) << how;
    } catch (const base::Failure& failure) {
      EXPECT_NE(std::string(failure.what()).find("keys.json"), std::string::npos) << how;
    }
  });
  damage("identity.json", [&](const std::string& how, const std::string&) {
    try {
      EXPECT_EQ(store_.blocking_load_identity()->worker_id, identity) << how;
    } catch (const base::Failure& failure) {
      EXPECT_NE(std::string(failure.what()).find("identity.json"), std::string::npos) << how;
    }
  });
}

TEST_F(TornWrites, a_half_written_file_beside_the_whole_one_changes_nothing_and_goes) {
  const std::string whole = base::blocking_read_file(link(job_file()));

  for (std::size_t length = 0; length <= whole.size(); length += 7) {
    const fs::path half = link(job_file() + ".new-4711-0");
    std::ofstream(half, std::ios::binary) << whole.substr(0, length);

    const auto records = LinkStore(folder_).blocking_load_jobs();

    ASSERT_EQ(records.size(), 1U) << length;
    EXPECT_FALSE(fs::exists(half)) << length;
  }
}

TEST_F(TornWrites, files_of_an_older_version_are_read) {
  put(link(job_file()), json::encode(JobRecord{.command = kept(job_)}));

  EXPECT_EQ(LinkStore(folder_).blocking_load_jobs().size(), 1U);
}

}  // namespace
}  // namespace agent
