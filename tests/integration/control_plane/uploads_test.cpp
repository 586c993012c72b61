// Folders that people send: parts that arrive once, archives that nobody trusts, builds that get what was sent.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "common/archive/gzip.hpp"
#include "common/archive/tar_writer.hpp"
#include "common/crypto/hash.hpp"
#include "control-plane/modules/sources/uploads.hpp"
#include "tests/integration/control_plane/agent.hpp"
#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using archive::Entry;
using Json = nlohmann::json;

std::string packed(const std::string& tar) {
  archive::GzipWriter gzip;
  return gzip.feed(tar) + gzip.finish();
}
std::string member(const std::string& path, const std::string& content) {
  const Entry entry{.kind = Entry::Kind::file, .path = path, .target = {}, .size = content.size()};
  return archive::tar_header(entry) + content + archive::tar_padding(content.size());
}
std::string link(const std::string& path, const std::string& target) {
  return archive::tar_header(Entry{.kind = Entry::Kind::link, .path = path, .target = target});
}
/// Something that does not compress.
std::string noise(std::size_t bytes) {
  std::string text;
  for (std::uint64_t x = 88172645463325252U; text.size() < bytes;) {
    x ^= x << 13U;
    x ^= x >> 7U;
    x ^= x << 17U;
    text.append(reinterpret_cast<const char*>(&x), sizeof x);
  }
  return text;
}

struct UploadsTest : testing::Test {
  UploadsTest() { world.create_app("hello"); }

  struct Told {
    int status;
    Json body;
    std::string code() const { return body.value("code", ""); }
  };
  Told ask(const std::string& method, const std::string& target, const std::string& body = "") {
    const auto said = world.request({.method = method, .target = target, .headers = {}, .body = body});
    return {said.status, Json::parse(said.body, nullptr, false)};
  }
  Told begin(const std::string& bytes) {
    return ask("POST", kUploads, Json{{"sha256", crypto::sha256_hex(bytes)}, {"bytes", bytes.size()}}.dump());
  }
  Told put(const std::string& id, std::size_t at, const std::string& bytes) {
    return ask("PUT", kUploads + "/" + id + "/parts/" + std::to_string(at), bytes);
  }
  Told complete(const std::string& id) { return ask("POST", kUploads + "/" + id + "/complete"); }
  /// All of it; what completing says.
  Told send(const std::string& bytes) {
    const auto begun = begin(bytes);
    EXPECT_EQ(begun.status, 201) << begun.body;
    const auto id = begun.body["id"].get<std::string>();
    for (std::size_t at = 0; at < bytes.size(); at += kPart) {
      EXPECT_EQ(put(id, at, bytes.substr(at, kPart)).status, 200);
    }
    return complete(id);
  }

  static constexpr std::size_t kPart = 1'000'000;
  const std::string kUploads = "/api/v1/orgs/default/apps/hello/uploads";
  World world;
};

TEST_F(UploadsTest, what_was_answered_is_kept_and_whoever_begins_anew_goes_on_there) {
  const auto bytes =
      packed(member("Dockerfile", "FROM scratch") + member("data", noise(1'500'000)) + archive::tar_end());
  const auto id = begin(bytes).body["id"].get<std::string>();
  ASSERT_EQ(put(id, 0, bytes.substr(0, kPart)).status, 200);

  EXPECT_EQ(world.database.value("SELECT received FROM uploads"), std::to_string(kPart));
  EXPECT_EQ(begin(bytes).body["id"], id);
  EXPECT_EQ(begin(bytes).body["received"], kPart);
  EXPECT_EQ(put(id, 0, bytes.substr(0, kPart)).body["received"], kPart) << "the same part again changes nothing";
  const auto gap = put(id, kPart + 5, "x");
  EXPECT_EQ(gap.status, 409);
  EXPECT_EQ(gap.code(), "upload.gap");
  EXPECT_EQ(complete(id).code(), "upload.incomplete");
  ASSERT_EQ(put(id, kPart, bytes.substr(kPart)).status, 200);
  const auto done = complete(id);
  EXPECT_EQ(done.body["state"], "complete") << done.body;
  EXPECT_EQ(done.body["files"], 2);
  EXPECT_EQ(complete(id).status, 200) << "it may be said twice";
  EXPECT_EQ(begin(bytes).body["state"], "complete") << "the same content is not sent again";
}

TEST_F(UploadsTest, hostile_archives_are_refused_and_cannot_be_deployed) {
  const std::vector<std::pair<std::string, std::string>> hostile{
      {"archive.path", packed(member("../../etc/cron.d/x", "x") + archive::tar_end())},
      {"archive.path", packed(member("/etc/passwd", "x") + archive::tar_end())},
      {"archive.link", packed(link("out", "/etc") + archive::tar_end())},
      {"archive.path", packed(link("out", "in") + member("out/x", "x") + archive::tar_end())},
      {"archive.twice", packed(member("x", "1") + member("x", "2") + archive::tar_end())},
      {"archive.broken", packed(member("x", std::string(2000, 'x')).substr(0, 1000))},
      {"archive.empty", packed(archive::tar_end())},
      {"archive.not_gzip", "PK\x03\x04 this is a zip"},
  };
  for (const auto& [code, bytes] : hostile) {
    const auto refused = send(bytes);
    EXPECT_EQ(refused.status, 422) << code;
    EXPECT_EQ(refused.code(), code) << refused.body;
    const auto id = begin(bytes).body["id"].get<std::string>();
    const auto deployed = ask("POST", "/api/v1/orgs/default/apps/hello/deployments", Json{{"upload", id}}.dump());
    EXPECT_EQ(deployed.code(), "upload.incomplete");
  }
}

TEST_F(UploadsTest, a_bomb_is_stopped_by_what_it_unpacks_to) {
  archive::GzipWriter gzip;
  const Entry huge{.kind = Entry::Kind::file, .path = "zeros", .target = {}, .size = std::uint64_t{600} << 20U};
  std::string bytes = gzip.feed(archive::tar_header(huge));
  for (int i = 0; i < 20; ++i) bytes += gzip.feed(std::string(1 << 20U, '\0'));
  bytes += gzip.finish();

  EXPECT_EQ(send(bytes).code(), "archive.too_large");
}

TEST_F(UploadsTest, while_it_is_checked_nobody_waits_for_it) {
  const auto bytes = packed(member("data", noise(2'500'000)) + archive::tar_end());
  const auto id = begin(bytes).body["id"].get<std::string>();
  for (std::size_t at = 0; at < bytes.size(); at += kPart) ASSERT_EQ(put(id, at, bytes.substr(at, kPart)).status, 200);
  const auto own = world.sign_in().organization();
  const auto upload = *world.tx([&](Tx& tx) -> base::Result<sources::Upload> {
    const auto env = world.modules.projects.find(tx, own, "hello");
    return sources::arrived_upload(tx, own, env->id, id);
  });
  sources::ArchiveCheck check(upload);
  int steps = 0;
  for (bool more = true; more; ++steps) {
    more = *world.tx([&](Tx& tx) { return check.step(tx); });
    world.database.run("SELECT id FROM uploads WHERE id = '" + id + "' FOR UPDATE NOWAIT");
  }

  EXPECT_EQ(steps, 3);
  EXPECT_EQ(check.totals().files, 1U);
}

TEST_F(UploadsTest, one_that_goes_while_it_is_checked_is_not_completed) {
  const auto bytes = packed(member("data", noise(1'500'000)) + archive::tar_end());
  const auto id = begin(bytes).body["id"].get<std::string>();
  for (std::size_t at = 0; at < bytes.size(); at += kPart) ASSERT_EQ(put(id, at, bytes.substr(at, kPart)).status, 200);
  const auto own = world.sign_in().organization();
  const auto upload = *world.tx([&](Tx& tx) -> base::Result<sources::Upload> {
    const auto env = world.modules.projects.find(tx, own, "hello");
    return sources::arrived_upload(tx, own, env->id, id);
  });
  sources::ArchiveCheck check(upload);
  ASSERT_TRUE(*world.tx([&](Tx& tx) { return check.step(tx); }));
  world.database.run("DELETE FROM uploads");

  EXPECT_EQ(world.tx([&](Tx& tx) { return check.step(tx); }).error().code, "upload.not_found");
}

TEST_F(UploadsTest, a_completion_and_its_refusal_are_events) {
  send(packed(member("a", "1") + archive::tar_end()));
  send("PK\x03\x04 this is a zip");

  EXPECT_EQ(world.database.value("SELECT string_agg(action || coalesce(':' || object_name, ''), ' ' ORDER BY at) FROM "
                                 "audit_events WHERE action LIKE 'upload.complete%'"),
            "upload.complete:hello upload.complete.refused");
}

TEST_F(UploadsTest, sizes_hashes_and_parts_that_cannot_be_are_refused) {
  EXPECT_EQ(ask("POST", kUploads, R"({"sha256":"x","bytes":5})").status, 422);
  const auto hash = crypto::sha256_hex("x");
  EXPECT_EQ(ask("POST", kUploads, Json{{"sha256", hash}, {"bytes", 0}}.dump()).status, 422);
  EXPECT_EQ(ask("POST", kUploads, Json{{"sha256", hash}, {"bytes", (64 << 20) + 1}}.dump()).status, 422);
  const auto id = begin("hello").body["id"].get<std::string>();
  EXPECT_EQ(put(id, 0, "hello, and more than was announced").status, 422);
  EXPECT_EQ(put(id, 0, std::string((1 << 20) + 1, 'x')).status, 413);
  const auto bytes = packed(member("a", "1") + archive::tar_end());
  const auto other = ask("POST", kUploads, Json{{"sha256", hash}, {"bytes", bytes.size()}}.dump());
  const auto changed = other.body["id"].get<std::string>();
  ASSERT_EQ(put(changed, 0, bytes).status, 200);
  EXPECT_EQ(complete(changed).code(), "upload.hash");
  EXPECT_EQ(put("01993b2e-7c00-7000-8000-000000000001", 0, "x").status, 404);
}

TEST_F(UploadsTest, another_organization_neither_sees_nor_fills_it) {
  People people(world);
  const auto stranger = people.person("stranger", "foreign", "owner");
  const auto id = begin("hello").body["id"].get<std::string>();

  EXPECT_EQ(people.ask(stranger, "GET", kUploads + "/" + id).status, 404);
  EXPECT_EQ(people.ask(stranger, "PUT", kUploads + "/" + id + "/parts/0", "hello").status, 404);
  EXPECT_EQ(world.database.value("SELECT received FROM uploads"), "0");
}

TEST_F(UploadsTest, the_worker_that_builds_it_gets_it_and_no_other) {
  const auto worker = world.enrol("host-1", {"build", "registry"});
  const auto other = world.enrol("host-2", {"run"});
  Agent agent(world, worker);
  agent.greet();
  agent.barrier();
  const auto bytes =
      packed(member("Dockerfile", "FROM scratch") + member("data", noise(1'500'000)) + archive::tar_end());
  const auto id = send(bytes).body["id"].get<std::string>();
  const auto deployed = ask("POST", "/api/v1/orgs/default/apps/hello/deployments", Json{{"upload", id}}.dump());
  ASSERT_EQ(deployed.status, 202) << deployed.body;
  EXPECT_EQ(deployed.body["source"]["kind"], "upload");
  EXPECT_EQ(deployed.body["source"]["commit"], crypto::sha256_hex(bytes));
  world.settle();

  const auto spec = Json::parse(agent.expect_job().spec.text);
  EXPECT_EQ(spec["source"]["git_url"], "upload:" + id);
  std::string got;
  for (;;) {
    const auto part = world.hub_request("/v1/workers/uploads/" + id + "?at=" + std::to_string(got.size()), "",
                                        {{"Authorization", "Bearer " + worker.token}});
    ASSERT_EQ(part.status, 200) << part.body;
    if (part.body.empty()) break;
    got += part.body;
  }
  EXPECT_EQ(got, bytes);
  EXPECT_EQ(world.hub_request("/v1/workers/uploads/" + id, "", {{"Authorization", "Bearer " + other.token}}).status,
            404);
  EXPECT_EQ(world.hub_request("/v1/workers/uploads/" + id, "").status, 401);
}

TEST_F(UploadsTest, an_app_without_a_repository_is_built_from_what_was_sent_last) {
  const auto made = ask("POST", "/api/v1/orgs/default/apps", R"({"name":"site","source":{"git_url":"upload:"}})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.body["source"]["kind"], "upload");
  const auto nothing = ask("POST", "/api/v1/orgs/default/apps/site/deployments", "{}");
  EXPECT_EQ(nothing.status, 409);
  EXPECT_EQ(nothing.code(), "source.nothing_uploaded");
}

TEST_F(UploadsTest, what_is_no_longer_needed_goes_and_what_is_built_stays) {
  const auto done = send(packed(member("a", "1") + archive::tar_end()));
  const auto id = done.body["id"].get<std::string>();
  ASSERT_EQ(ask("POST", "/api/v1/orgs/default/apps/hello/deployments", Json{{"upload", id}}.dump()).status, 202);
  for (int i = 0; i < 4; ++i) send(packed(member("b", std::to_string(i)) + archive::tar_end()));
  world.database.run("UPDATE uploads SET completed_at = completed_at - interval '2 hours'");
  begin("never finished");
  world.database.run("UPDATE uploads SET created_at = now() - interval '2 days' WHERE completed_at IS NULL");

  world.plain([](Tx& tx) {
    sources::forget_old_uploads(tx);
    return true;
  });

  EXPECT_EQ(world.database.value("SELECT count(*) FROM uploads WHERE completed_at IS NULL"), "0");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM uploads"), "4") << "the newest three, and the one in work";
  EXPECT_EQ(world.database.value("SELECT count(*) FROM uploads WHERE id = '" + id + "'"), "1");
}

}  // namespace
}  // namespace control_plane_test
