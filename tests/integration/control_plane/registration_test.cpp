#include "common/crypto/random.hpp"
#include "common/crypto/sealed_box.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

struct RegistrationTest : testing::Test {
  std::string token_for(const std::string& name) {
    return world.tx([&](Tx& tx) { return world.modules.registration.make_token(tx, name, "test"); })->token;
  }
  base::Result<fleet::Registration::Registered> enrol(const protocol::RegisterRequest& request) {
    return world.tx([&](Tx& tx) { return world.modules.registration.register_worker(tx, request); });
  }
  /// What a stranger would see of a refusal.
  std::string refusal(const protocol::RegisterRequest& request) {
    const auto answer = world.hub_request("/v1/workers/register", json::encode(request));
    const auto again = enrol(request);
    return std::to_string(answer.status) + " " + (again ? "" : again.error().code + " " + again.error().message);
  }
  World world;
};

TEST_F(RegistrationTest, a_lost_answer_burns_nothing) {
  const auto request = registration(token_for("host-1"), {"run"});

  const auto first = world.hub_request("/v1/workers/register", json::encode(request));
  const auto again = world.hub_request("/v1/workers/register", json::encode(request));

  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(again.status, 200) << again.body;
  const auto made = json::decode<protocol::RegisterResponse>(first.body, json::Unknown::reject).value();
  const auto repeated = json::decode<protocol::RegisterResponse>(again.body, json::Unknown::reject).value();
  EXPECT_EQ(made.worker_id, repeated.worker_id);
  EXPECT_EQ(made.name, "host-1");
  EXPECT_EQ(made.ca_pins, std::vector<std::string>{world.modules.keys.authority_pin()});
  EXPECT_EQ(world.database.value("SELECT count(*) FROM workers"), "1");
}

TEST_F(RegistrationTest, all_refusals_look_alike) {
  const auto used = registration(token_for("host-1"), {"run"});
  ASSERT_TRUE(enrol(used));
  auto other_key = used;
  other_key.api_key.bytes = crypto::random_bytes(32);
  auto other_wireguard = used;
  other_wireguard.wireguard_public_key.bytes = crypto::random_bytes(32);
  auto other_sealing = used;
  other_sealing.sealing_public_key.bytes = crypto::x25519_generate().public_key;
  auto other_name = used;
  other_name.name = "host-9";
  auto wrong_name = registration(token_for("host-2"), {"run"});
  wrong_name.name = "host-3";
  const auto wrong_secret = registration("never-made", {"run"});
  const auto expected = refusal(wrong_secret);

  EXPECT_TRUE(expected.starts_with("403 worker.refused ")) << expected;
  EXPECT_EQ(refusal(other_key), expected);
  EXPECT_EQ(refusal(other_wireguard), expected);
  EXPECT_EQ(refusal(other_sealing), expected);
  EXPECT_EQ(refusal(other_name), expected);
  const auto name_refused = enrol(wrong_name);
  ASSERT_FALSE(name_refused);
  EXPECT_EQ(expected, "403 " + name_refused.error().code + " " + name_refused.error().message);
}

TEST_F(RegistrationTest, an_expired_secret_is_refused_also_for_a_repeat) {
  const auto used = registration(token_for("host-1"), {"run"});
  ASSERT_TRUE(enrol(used));
  const auto fresh = registration(token_for("host-2"), {"run"});

  world.clock.advance(std::chrono::minutes(61));

  EXPECT_TRUE(refusal(used).starts_with("403 worker.refused"));
  EXPECT_TRUE(refusal(fresh).starts_with("403 worker.refused"));
}

TEST_F(RegistrationTest, a_malformed_body_does_not_use_the_token_up) {
  const auto request = registration(token_for("host-1"), {"run"});
  auto bad = request;
  bad.api_key.bytes = "short";

  EXPECT_EQ(world.hub_request("/v1/workers/register", json::encode(bad)).status, 422);
  EXPECT_EQ(world.hub_request("/v1/workers/register", "{").status, 422);
  EXPECT_EQ(world.hub_request("/v1/workers/register", json::encode(request)).status, 201);
}

TEST_F(RegistrationTest, more_than_five_failures_a_minute_are_cut_off) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.hub_request("/v1/workers/register", "{").status, 422);
  const auto good = registration(token_for("host-1"), {"run"});
  EXPECT_EQ(world.hub_request("/v1/workers/register", json::encode(good)).status, 429);
}

struct RefreshTest : RegistrationTest {
  protocol::RefreshRequest request() {
    protocol::RefreshRequest refresh;
    refresh.worker_id = worker.id;
    refresh.gen = 1;
    refresh.ts = world.clock.utc_now();
    refresh.nonce.bytes = crypto::random_bytes(16);
    return refresh;
  }
  http_client::Response send(const std::string& body, const std::string& key) {
    return world.hub_request("/v1/workers/refresh-token", body,
                             {{"X-WH-Signature", protocol::sign_refresh(key, body)}});
  }
  http_client::Response send(const protocol::RefreshRequest& refresh) {
    return send(json::encode(refresh), worker.mac_root);
  }
  /// The problem without what differs by request.
  std::string detail(const http_client::Response& answer) {
    const auto at = answer.body.find("\"request_id\"");
    return std::to_string(answer.status) + answer.body.substr(0, at);
  }
  Credentials worker = world.enrol("host-1", {"run"});
};

TEST_F(RefreshTest, a_signature_is_enough_for_a_fresh_token) {
  const auto answer = send(request());

  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto token = json::decode<protocol::RefreshResponse>(answer.body, json::Unknown::reject).value().token;
  const auto admitted = world.tx([&](Tx& tx) { return world.modules.registration.admit(tx, token); });
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->id, worker.id);
}

TEST_F(RefreshTest, all_refusals_are_one_401_with_a_date) {
  auto old = request();
  old.ts -= std::chrono::seconds(61);
  auto ahead = request();
  ahead.ts += std::chrono::seconds(61);
  auto stranger = request();
  stranger.worker_id = base::WorkerId::make(world.clock);
  auto wrong_gen = request();
  wrong_gen.gen = 2;
  const auto twice = request();
  ASSERT_EQ(send(twice).status, 200);
  const auto reference = send(json::encode(request()), crypto::random_bytes(32));

  EXPECT_EQ(reference.status, 401);
  EXPECT_TRUE(reference.header("Date").has_value());
  EXPECT_EQ(detail(send(old)), detail(reference));
  EXPECT_EQ(detail(send(ahead)), detail(reference));
  EXPECT_EQ(detail(send(stranger)), detail(reference));
  EXPECT_EQ(detail(send(wrong_gen)), detail(reference));
  EXPECT_EQ(detail(send(twice)), detail(reference));
  EXPECT_EQ(detail(send("{}", worker.mac_root)), detail(reference));
  EXPECT_EQ(detail(world.hub_request("/v1/workers/refresh-token", json::encode(request()))), detail(reference));
  world.database.run("UPDATE workers SET state = 'revoked'");
  EXPECT_EQ(detail(send(request())), detail(reference));
}

TEST_F(RefreshTest, a_nonce_is_remembered_only_after_its_signature_was_good) {
  const auto refresh = request();
  EXPECT_EQ(send(json::encode(refresh), crypto::random_bytes(32)).status, 401);
  EXPECT_EQ(send(refresh).status, 200);
}

struct RotationTest : RefreshTest {
  std::int64_t rotate(const std::string& k) {
    return world.tx([&](Tx& tx) { return world.modules.registration.rotate(tx, worker.id, k); }).value();
  }
  int refresh(int gen, const std::string& k) {
    auto refresh = request();
    refresh.gen = static_cast<std::uint64_t>(gen);
    return send(json::encode(refresh), k).status;
  }
};

TEST_F(RotationTest, is_idempotent_by_key_and_overlaps_for_ten_minutes) {
  const auto k = crypto::random_bytes(32);

  EXPECT_EQ(rotate(k), 2);
  EXPECT_EQ(rotate(k), 2);

  EXPECT_EQ(refresh(2, k), 200);
  EXPECT_EQ(refresh(1, worker.mac_root), 200);
  EXPECT_EQ(refresh(1, k), 401) << "a key is good for its own generation only";
  world.clock.advance(std::chrono::minutes(10) + std::chrono::seconds(1));
  EXPECT_EQ(refresh(1, worker.mac_root), 401);
  EXPECT_EQ(refresh(2, k), 200);
}

TEST_F(RotationTest, only_the_generation_before_overlaps) {
  const auto second = crypto::random_bytes(32);
  rotate(second);
  const auto third = crypto::random_bytes(32);
  EXPECT_EQ(rotate(third), 3);

  EXPECT_EQ(refresh(1, worker.mac_root), 401);
  EXPECT_EQ(refresh(2, second), 200);
  EXPECT_EQ(refresh(3, third), 200);
}

TEST_F(RotationTest, a_sealed_key_opens_only_in_its_own_row_and_generation) {
  const auto other = world.enrol("host-2", {"run"});
  world.database.run(
      "UPDATE workers SET api_key_hash = (SELECT api_key_hash FROM workers WHERE name = 'host-1') WHERE name = "
      "'host-2'");

  EXPECT_FALSE(world.tx([&](Tx& tx) { return world.modules.registration.admit(tx, other.token); }));
  world.database.run("UPDATE workers SET gen = 2 WHERE name = 'host-1'");
  EXPECT_EQ(refresh(2, worker.mac_root), 401);
}

}  // namespace
}  // namespace control_plane_test
