// SSH keys of an account.

#include <gmock/gmock.h>

#include "tests/integration/identity/browser.hpp"

namespace identity_test {
namespace {

constexpr const char* kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILJXMrvLxisFA38ZVuDBEkNPegytCkbyAJtKZZpOOxh4 ada@laptop";
constexpr const char* kFingerprint = "SHA256:hnDTvvMWfa53eMnrQIdZO3f9MnAPWX+IcSDRCB+FHa4";
constexpr const char* kWeak =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCx6PmKGT0eyUwcyxsj8o/P+QodkpVonyhpR33rBjLXNdQzv0sll1aOL7R"
    "PnUBqxk2AmDAFdUEKDqHHsHAmOayDncnOKMOXVlgJXOqtKU8t+V4L4PNFSytPDhym+W2k288x1rbfqITyTrZUEazwd0m7Ro"
    "8LRUjcnrqA/347kDF850X0bdeASCnvsTPvdCD14tu0t2R6mBMVA68ve3IY3xBBxfZRABu+H3G0LMwJCg84ZkV6Y8+7ScUuk"
    "wqMBEi6pRndxeC7nNzETzv2ahnAiN+dwJaDyRsV7WMrRteqROgY8QCmuu3Ytx6F4jghlxE3rKSaNq5S15WtX7mjj6PnXJXJ"
    " ada@laptop";

struct SshKeysTest : testing::Test {
  World world;
  Browser person{world};

  void SetUp() override { person.set_up(); }
  Answer add(Browser& who, const std::string& key, const std::string& name = "") {
    return who.post("/api/v1/me/ssh-keys", nlohmann::json{{"name", name}, {"public_key", key}}.dump());
  }
  std::string value(const std::string& query) { return world.database.value(query); }
};

TEST_F(SshKeysTest, IDN_20_a_key_is_added_listed_and_removed) {
  const auto added = add(person, std::string(kKey) + "\n");

  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(added.json["fingerprint"], kFingerprint);
  EXPECT_EQ(added.json["name"], "ada@laptop");
  EXPECT_TRUE(added.json["last_used_at"].is_null());
  EXPECT_EQ(person.get("/api/v1/me/ssh-keys").json["items"][0], added.json);
  EXPECT_EQ(value("SELECT public_key FROM ssh_keys"), std::string(kKey).substr(0, std::string(kKey).rfind(' ')));

  const auto path = "/api/v1/me/ssh-keys/" + added.json["id"].get<std::string>();
  EXPECT_EQ(person.del(path).status, 204);
  EXPECT_EQ(person.del(path).code(), "ssh_key.not_found");
  EXPECT_EQ(person.get("/api/v1/me/ssh-keys").json["items"].size(), 0U);
}

TEST_F(SshKeysTest, IDN_20_a_key_belongs_to_one_account_and_a_weak_one_to_none) {
  ASSERT_EQ(add(person, kKey).status, 201);

  EXPECT_EQ(add(person, kKey, "again").code(), "ssh_key.duplicate");
  EXPECT_EQ(add(person, kWeak).status, 422);
  EXPECT_EQ(add(person, "ssh-ed25519 AAAA").status, 422);
  EXPECT_EQ(add(person, kKey, std::string(101, 'x')).status, 422);
}

TEST_F(SshKeysTest, AZ_01_the_key_of_somebody_else_does_not_exist) {
  const auto id = add(person, kKey).json["id"].get<std::string>();
  world.database.run("INSERT INTO people (id, name) VALUES ('01900000-0000-7000-8000-0000000000aa', 'Eve')");
  world.database.run("UPDATE ssh_keys SET person_id = '01900000-0000-7000-8000-0000000000aa'");

  EXPECT_EQ(person.get("/api/v1/me/ssh-keys").json["items"].size(), 0U);
  EXPECT_EQ(person.del("/api/v1/me/ssh-keys/" + id).status, 404);
  EXPECT_EQ(value("SELECT count(*) FROM ssh_keys"), "1");
  EXPECT_EQ(add(person, kKey).code(), "ssh_key.duplicate");
}

TEST_F(SshKeysTest, a_token_adds_no_key_that_would_outlive_it) {
  Browser program(world);
  program.bearer = person.post("/api/v1/me/tokens", R"({"name":"ci","scope":"admin"})").json["token"];

  EXPECT_EQ(program.get("/api/v1/me/ssh-keys").status, 200);
  EXPECT_EQ(add(program, kKey).code(), "token.by_token");
  program.bearer = person.post("/api/v1/orgs/default/tokens", R"({"name":"ci","scope":"admin"})").json["token"];
  EXPECT_EQ(program.get("/api/v1/me/ssh-keys").status, 403);
  EXPECT_EQ(add(program, kKey).status, 403);
}

TEST_F(SshKeysTest, AUD_02_adding_removing_and_refusals_are_events_with_the_fingerprint) {
  const auto id = add(person, kKey).json["id"].get<std::string>();
  EXPECT_EQ(add(person, "ssh-ed25519 AAAA").status, 422);
  person.del("/api/v1/me/ssh-keys/" + id);

  EXPECT_EQ(value("SELECT after->>'fingerprint' FROM audit_events WHERE action = 'ssh_key.add'"), kFingerprint);
  EXPECT_EQ(value("SELECT before->>'fingerprint' FROM audit_events WHERE action = 'ssh_key.remove'"), kFingerprint);
  EXPECT_EQ(value("SELECT count(*) FROM audit_events WHERE action = 'ssh_key.add.refused'"), "1");
}

}  // namespace
}  // namespace identity_test
