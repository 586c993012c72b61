#include "tests/protocol/vectors.hpp"

#include <gtest/gtest.h>

#include "common/crypto/ed25519.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/crypto/worker_token.hpp"
#include "common/json/json.hpp"
#include "common/protocol/command_rules.hpp"
#include "common/protocol/envelope.hpp"
#include "common/protocol/messages/all.hpp"
#include "common/protocol/objects.hpp"
#include "common/protocol/registration.hpp"

namespace protocol {
namespace {

using vectors::all;
using vectors::bytes;
using vectors::text;
using vectors::unhex;

const base::UtcTime kNow = base::parse_utc("2026-11-21T10:00:00.200Z").value();

crypto::HmacKey direction_key(const std::string& direction) {
  return crypto::HmacKey(unhex(all()["key_hex"][direction]));
}

std::vector<CommandKey> pinned_keys() {
  return {CommandKey{.id = text(all()["command_key"]["id"]), .key = {bytes(all()["command_key"]["public"])}}};
}

base::WorkerId worker() {
  return base::WorkerId::parse(text(all()["worker_id"])).value();
}

TEST(Vectors, k_is_the_hash_of_the_api_key) {
  EXPECT_EQ(mac_root(bytes(all()["api_key"])), vectors::k());
}

TEST(Vectors, direction_keys_are_derived) {
  for (const char* direction : {"to-agent", "to-control-plane"}) {
    EXPECT_EQ(derive_direction_key(vectors::k(), vectors::agent_nonce(), vectors::control_plane_nonce(), direction),
              unhex(all()["key_hex"][direction]));
  }
}

TEST(Vectors, session_keys_of_both_sides_meet) {
  const auto agent =
      derive_session_keys(vectors::k(), vectors::agent_nonce(), vectors::control_plane_nonce(), Side::agent);
  const auto control_plane =
      derive_session_keys(vectors::k(), vectors::agent_nonce(), vectors::control_plane_nonce(), Side::control_plane);

  EXPECT_EQ(agent.send.mac("x"), direction_key("to-control-plane").mac("x"));
  EXPECT_EQ(agent.receive.mac("x"), direction_key("to-agent").mac("x"));
  EXPECT_EQ(control_plane.send.mac("x"), agent.receive.mac("x"));
  EXPECT_EQ(control_plane.receive.mac("x"), agent.send.mac("x"));
}

TEST(Vectors, nonces_decode) {
  EXPECT_EQ(decode_nonce(text(all()["agent_nonce"])).value(), vectors::agent_nonce());
}

TEST(Vectors, command_key_comes_from_its_seed) {
  const auto key = crypto::ed25519_from_seed(base::SecretString(unhex(all()["command_key"]["seed_hex"]))).value();
  EXPECT_EQ(key.public_key, bytes(all()["command_key"]["public"]));
}

TEST(Vectors, sealing_key_opens_the_sealed_box) {
  const auto& vector = all()["sealing_key"];
  const auto from_seed = crypto::x25519_from_seed(base::SecretString(unhex(vector["seed_hex"]))).value();
  const auto from_private = crypto::x25519_from_private(base::SecretString(bytes(vector["private"]))).value();

  EXPECT_EQ(from_seed.public_key, bytes(vector["public"]));
  EXPECT_EQ(from_private.public_key, bytes(vector["public"]));
  EXPECT_TRUE(from_seed.private_key.equals(from_private.private_key.reveal()));
  EXPECT_EQ(crypto::open_box(from_private, bytes(vector["sealed"])).value().reveal(), text(vector["plaintext"]));
}

TEST(Vectors, worker_jwt_is_issued_and_verified_byte_for_byte) {
  const std::string token = text(all()["jwt"]["token"]);
  const auto now = base::parse_utc("2026-11-21T10:00:00.000Z").value();
  const std::vector<crypto::WorkerTokenKey> keys{
      {.kid = "0a1b2c3d", .secret = base::SecretString(unhex(all()["jwt"]["key_hex"]))}};
  const auto token_id = base::Uuid::parse("01936f2a-7c00-7000-8000-000000000028").value();

  EXPECT_EQ(crypto::issue_worker_token(keys[0], "https://cp.example.test", worker(), 1, now, token_id), token);
  const auto claims = crypto::verify_worker_token(keys, "https://cp.example.test", token, now).value();
  EXPECT_EQ(claims.worker, worker());
  EXPECT_EQ(claims.generation, 1U);
}

TEST(Vectors, refresh_is_signed_and_verified) {
  const std::string body = text(all()["refresh"]["body"]);
  const std::string signature = text(all()["refresh"]["signature"]);

  EXPECT_EQ(sign_refresh(vectors::k(), body), signature);
  EXPECT_TRUE(verify_refresh(vectors::k(), body, signature));
  EXPECT_FALSE(verify_refresh(vectors::k(), body + " ", signature));
  const auto request = decode_refresh(body).value();
  EXPECT_EQ(request.worker_id, worker());
  EXPECT_EQ(json::encode(request), body);
}

TEST(Vectors, replica_object_reads_and_writes_byte_for_byte) {
  const std::string body = bytes(all()["replica_object"]["bytes"]);

  EXPECT_EQ(Digest::of(body).hex(), text(all()["replica_object"]["sha256"]));
  const auto replica = decode_replica(body).value();
  EXPECT_EQ(json::encode(replica), body);
  EXPECT_EQ(replica.secrets->bytes, bytes(all()["sealing_key"]["sealed"]));
}

class EnvelopeVectors : public testing::TestWithParam<std::size_t> {
 protected:
  const nlohmann::ordered_json& vector() const { return all()["envelopes"][GetParam()]; }
};

TEST_P(EnvelopeVectors, decode_to_header_and_attachment) {
  const auto key = direction_key(text(vector()["direction"]));
  const std::string message = bytes(vector()["message"]);

  const auto envelope = decode_envelope(key, false, message).value();

  const auto header = nlohmann::ordered_json::parse(text(vector()["header"]));
  EXPECT_EQ(envelope.attachment, bytes(vector()["attachment"]));
  EXPECT_EQ(envelope.type, text(header["type"]));
  EXPECT_EQ(envelope.seq, header["seq"].get<std::uint64_t>());
  EXPECT_EQ(envelope.data, header["data"].dump());
  EXPECT_EQ(base::hex_encode(message.substr(0, 32)), text(vector()["mac_hex"]));
}

TEST_P(EnvelopeVectors, encode_to_the_same_bytes) {
  const auto key = direction_key(text(vector()["direction"]));
  const std::string message = bytes(vector()["message"]);
  const auto envelope = decode_envelope(key, false, message).value();

  EXPECT_EQ(encode_envelope(key, envelope).value(), message);
}

TEST_P(EnvelopeVectors, are_refused_with_the_other_directions_key) {
  const bool to_agent = text(vector()["direction"]) == "to-agent";
  const auto other = direction_key(to_agent ? "to-control-plane" : "to-agent");

  const auto refused = decode_envelope(other, false, bytes(vector()["message"]));

  EXPECT_EQ(refused.error(), (EnvelopeFault{CloseCode::bad_mac, "bad_mac"}));
}

INSTANTIATE_TEST_SUITE_P(All, EnvelopeVectors, testing::Range(std::size_t{0}, all()["envelopes"].size()));

SignedCommand command_in(const std::string& note) {
  for (const auto& vector : all()["envelopes"]) {
    if (vector["note"] != note) continue;
    const auto data = nlohmann::json::parse(text(vector["header"]))["data"];
    return SignedCommand{.signature = {.key_id = data["key_id"], .sig = {bytes(data["sig"].get<std::string>())}},
                         .bytes = bytes(vector["attachment"])};
  }
  throw std::runtime_error("no vector " + note);
}

TEST(Vectors, commands_are_accepted_and_signed_byte_for_byte) {
  const CommandSigningKey signer{
      .id = "ck1",
      .pair = crypto::ed25519_from_seed(base::SecretString(unhex(all()["command_key"]["seed_hex"]))).value()};
  const SignedCommand assignment = command_in("signed assignment");
  const SignedCommand job = command_in("signed job");

  const auto first = check_command(pinned_keys(), {}, worker(), CommandType::assignment, assignment, kNow).value();
  const auto second = check_command(pinned_keys(), {}, worker(), CommandType::job, job, kNow).value();

  const auto signed_assignment = sign_command(signer, std::get<AssignmentCommand>(first.command));
  EXPECT_EQ(signed_assignment.bytes, assignment.bytes);
  EXPECT_EQ(signed_assignment.signature.sig, assignment.signature.sig);
  const auto signed_job = sign_command(signer, std::get<JobCommand>(second.command));
  EXPECT_EQ(signed_job.bytes, job.bytes);
  EXPECT_EQ(signed_job.signature.sig, job.signature.sig);
}

}  // namespace
}  // namespace protocol
