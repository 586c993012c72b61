#include "common/protocol/registration.hpp"

#include <gtest/gtest.h>

#include "common/json/json.hpp"

namespace protocol {
namespace {

RegisterRequest request() {
  return RegisterRequest{.secret = "token",
                         .api_key = {std::string(32, 'a')},
                         .name = "worker-1",
                         .wireguard_public_key = {std::string(32, 'w')},
                         .sealing_public_key = {std::string(32, 's')},
                         .agent_version = "0.1.0",
                         .facts = {.os = "debian", .capabilities = {"run", "build"}}};
}

TEST(Registration, reads_what_it_writes) {
  const auto read = decode_register(json::encode(request())).value();

  EXPECT_EQ(read.api_key.bytes, std::string(32, 'a'));
  EXPECT_EQ(read.name, "worker-1");
  EXPECT_EQ(read.facts.capabilities, (std::vector<std::string>{"run", "build"}));
}

TEST(Registration, refuses_malformed_bodies) {
  EXPECT_FALSE(decode_register("").has_value());
  EXPECT_FALSE(decode_register("{}").has_value());
  RegisterRequest short_key = request();
  short_key.api_key.bytes.pop_back();
  EXPECT_EQ(decode_register(json::encode(short_key)).error().fields.at(0).pointer, "/api_key");
  RegisterRequest no_sealing = request();
  no_sealing.sealing_public_key.bytes.clear();
  EXPECT_FALSE(decode_register(json::encode(no_sealing)).has_value());
  RegisterRequest capital = request();
  capital.name = "Worker";
  EXPECT_EQ(decode_register(json::encode(capital)).error().fields.at(0).pointer, "/name");
  RegisterRequest root = request();
  root.facts.capabilities = {"root"};
  EXPECT_FALSE(decode_register(json::encode(root)).has_value());
}

TEST(WorkerName, follows_its_pattern) {
  for (const char* name : {"a", "w1", "worker-1", "0"}) EXPECT_TRUE(is_worker_name(name)) << name;
  EXPECT_TRUE(is_worker_name(std::string(63, 'a')));
  for (const char* name : {"", "-a", "a-", "A", "a b", "a_b", "a.b", "é"}) EXPECT_FALSE(is_worker_name(name)) << name;
  EXPECT_FALSE(is_worker_name(std::string(64, 'a')));
}

TEST(Registration, answer_without_mesh_says_null) {
  RegisterResponse response;
  response.control_planes = {{.id = "cp-1", .connect_url = "wss://127.0.0.1:7071/v1/workers/connect"}};

  const std::string text = json::encode(response);

  EXPECT_NE(text.find(R"("mesh":null)"), std::string::npos);
  EXPECT_TRUE(json::decode<RegisterResponse>(text, json::Unknown::reject).has_value());
}

TEST(Refresh, refuses_malformed_bodies_and_far_times) {
  const auto now = base::parse_utc("2026-11-21T10:00:00.000Z").value();
  const RefreshRequest fine{
      .worker_id = base::WorkerId(base::Uuid::v7(now)), .gen = 1, .ts = now, .nonce = {std::string(16, 'n')}};
  EXPECT_TRUE(decode_refresh(json::encode(fine)).has_value());
  RefreshRequest short_nonce = fine;
  short_nonce.nonce.bytes.pop_back();
  EXPECT_FALSE(decode_refresh(json::encode(short_nonce)).has_value());
  RefreshRequest no_generation = fine;
  no_generation.gen = 0;
  EXPECT_FALSE(decode_refresh(json::encode(no_generation)).has_value());

  EXPECT_TRUE(refresh_in_time(now, now + std::chrono::seconds(60)));
  EXPECT_FALSE(refresh_in_time(now, now + std::chrono::seconds(61)));
  EXPECT_FALSE(refresh_in_time(now, now - std::chrono::seconds(61)));
}

TEST(Refresh, signature_is_bound_to_key_and_body) {
  const std::string k = mac_root(std::string(32, 'a'));
  const std::string signature = sign_refresh(k, "body");

  EXPECT_TRUE(verify_refresh(k, "body", signature));
  EXPECT_FALSE(verify_refresh(k, "bodY", signature));
  EXPECT_FALSE(verify_refresh(mac_root("other"), "body", signature));
  EXPECT_FALSE(verify_refresh(k, "body", signature.substr(3)));
  EXPECT_FALSE(verify_refresh(k, "body", ""));
}

}  // namespace
}  // namespace protocol
