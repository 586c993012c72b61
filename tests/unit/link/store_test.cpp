#include "worker-agent/link/link_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/crypto/random.hpp"
#include "common/json/json.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : folder_(fs::temp_directory_path() / ("wh-store-" + base::hex_encode(crypto::random_bytes(6)))) {}
  ~StoreTest() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / "link" / name) << content;
  }
  static KeptCommand kept(const auto& command) {
    return KeptCommand{.key_id = "ck1", .sig = {"sig"}, .command = json::encode(command)};
  }
  protocol::JobCommand job() const { return {.job_id = base::JobId::make(clock_), .attempt = 2, .lease_s = 60}; }

  fs::path folder_;
  base::SystemClock clock_;
};

TEST_F(StoreTest, keys_are_made_once_and_private) {
  const auto first = LinkStore(folder_).blocking_load_keys();
  const auto again = LinkStore(folder_).blocking_load_keys();

  EXPECT_TRUE(first.api_key.equals(again.api_key.reveal()));
  EXPECT_EQ(first.sealing.public_key, again.sealing.public_key);
  EXPECT_NE(first.sealing.public_key, first.wireguard.public_key);
  struct stat info{};
  ASSERT_EQ(::stat((folder_ / "link" / "keys.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(StoreTest, keys_that_others_may_read_are_refused) {
  LinkStore(folder_).blocking_load_keys();
  fs::permissions(folder_ / "link" / "keys.json", fs::perms(0644));

  EXPECT_THROW(LinkStore(folder_).blocking_load_keys(), base::Failure);
}

TEST_F(StoreTest, a_torn_temporary_file_changes_nothing) {
  LinkStore store(folder_);
  const auto command = job();
  store.blocking_save_job(command, JobRecord{.command = kept(command)});
  protocol::CommandState state;
  state.highest_epoch = 7;
  store.blocking_save_commands(state);

  // What a kill in the middle of a write leaves: half a file beside the whole one.
  const std::string name = "jobs/" + command.job_id.to_string() + "-2.json";
  write(name + ".tmp", R"({"command":{"key)");
  write("commands.json.tmp", R"({"mar)");

  EXPECT_EQ(store.blocking_load_jobs().size(), 1U);
  EXPECT_EQ(store.blocking_load_commands().highest_epoch, 7U);
}

TEST_F(StoreTest, a_torn_job_record_is_set_aside_and_the_others_are_read) {
  LinkStore store(folder_);
  const auto whole = job();
  const auto torn = job();
  store.blocking_save_job(whole, JobRecord{.command = kept(whole)});
  write("jobs/" + torn.job_id.to_string() + "-2.json", R"({"command":{"key)");

  const auto records = store.blocking_load_jobs();

  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].command.command, json::encode(whole));
  EXPECT_TRUE(fs::exists(folder_ / "link" / "jobs" / (torn.job_id.to_string() + "-2.json.unreadable")));
}

TEST_F(StoreTest, a_kill_between_command_and_state_loses_no_acceptance) {
  LinkStore store(folder_);
  const auto accepted_job = job();
  const protocol::AssignmentCommand assignment{.head = {.command = protocol::CommandType::assignment, .epoch = 5},
                                               .generation = 9};
  store.blocking_save_job(accepted_job, JobRecord{.command = kept(accepted_job)});
  store.blocking_save_assignment("replicas", kept(assignment));

  const auto state = store.blocking_load_commands();

  ASSERT_EQ(state.jobs.size(), 1U);
  EXPECT_EQ(state.jobs[0].job_id, accepted_job.job_id);
  EXPECT_EQ(state.marks.at("replicas").generation, 9U);
  EXPECT_EQ(state.marks.at("replicas").digest, protocol::Digest::of(json::encode(assignment)));
  EXPECT_EQ(state.highest_epoch, 5U);
}

TEST_F(StoreTest, a_torn_state_is_rebuilt_from_the_kept_commands) {
  LinkStore store(folder_);
  const auto accepted_job = job();
  store.blocking_save_job(accepted_job, JobRecord{.command = kept(accepted_job)});
  write("commands.json", "{\"marks\":");

  EXPECT_EQ(store.blocking_load_commands().jobs.size(), 1U);
}

TEST_F(StoreTest, objects_are_checked_against_their_hash) {
  LinkStore store(folder_);
  const auto digest = protocol::Digest::of("body");
  store.blocking_save_object(digest, "body");
  EXPECT_EQ(store.blocking_load_object(digest).value(), "body");

  write("objects/" + digest.hex(), "bodx");

  EXPECT_FALSE(store.blocking_load_object(digest).has_value());
  EXPECT_FALSE(store.blocking_has_object(digest));
}

TEST_F(StoreTest, keeps_only_the_objects_that_are_wanted) {
  LinkStore store(folder_);
  store.blocking_save_object(protocol::Digest::of("a"), "a");
  store.blocking_save_object(protocol::Digest::of("b"), "b");

  store.blocking_keep_objects({protocol::Digest::of("b")});

  EXPECT_FALSE(store.blocking_has_object(protocol::Digest::of("a")));
  EXPECT_TRUE(store.blocking_has_object(protocol::Digest::of("b")));
}

}  // namespace
}  // namespace agent
