#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/base/failure.hpp"
#include "common/json/json.hpp"
#include "common/protocol/catalogue.hpp"
#include "common/protocol/envelope.hpp"
#include "common/protocol/messages/replica_status.hpp"
#include "common/protocol/messages/stream_data.hpp"

// B4, envelope.verify: an envelope of 1 KB from its bytes to the message type that it is for. One thread; rates are per
// second of that thread's CPU time, so that a busy machine does not count. Prints one line of JSON a round.
namespace {

constexpr std::size_t kMessages = 256;
constexpr double kRoundSeconds = 0.25;
const std::string kKey(32, 'k');

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// What a worker reports of three replicas: a header of 1 KB, nothing attached.
std::string status_data(const base::Clock& clock) {
  protocol::ReplicaStatus status;
  for (int i = 0; i < 3; ++i) {
    protocol::ReplicaReport report;
    report.replica_id = base::ReplicaId::make(clock);
    report.phase = protocol::ReplicaPhase::running;
    report.health = protocol::ReplicaHealth::healthy;
    report.container_id = std::string(64, 'c');
    report.address = "127.0.0.1";
    report.port = static_cast<std::uint16_t>(20'000 + i);
    report.since = clock.utc_now();
    status.replicas.push_back(report);
  }
  return json::encode(status);
}

std::vector<std::string> messages(const base::Clock& clock, std::string_view type, const std::string& data,
                                  const std::string& attachment) {
  const crypto::HmacKey key(kKey);
  std::vector<std::string> made;
  for (std::size_t i = 0; i < kMessages; ++i) {
    protocol::Envelope envelope;
    envelope.seq = i;
    envelope.id = protocol::EnvelopeId::make(clock);
    envelope.type = std::string(type);
    envelope.ts = clock.utc_now();
    envelope.data = data;
    envelope.attachment = attachment;
    made.push_back(protocol::encode_envelope(key, envelope).value());
  }
  return made;
}

/// MAC, parse, place in the sequence, route: what a session does before a handler gets the message.
struct Ours {
  crypto::HmacKey key{kKey};
  std::uint64_t expected{0};

  void operator()(const std::string& message) {
    const auto envelope = protocol::decode_envelope(key, false, message);
    BASE_CHECK(envelope && envelope->seq == expected, "refused");
    expected = (expected + 1) % kMessages;
    const auto* info = protocol::find_message(envelope->type);
    BASE_CHECK(info != nullptr && protocol::may_receive(*info, protocol::Side::control_plane), "not routed");
  }
};

/// The same, and the typed message that a handler sees.
struct OursTyped {
  crypto::HmacKey key{kKey};

  void operator()(const std::string& message) {
    const auto envelope = protocol::decode_envelope(key, false, message);
    BASE_CHECK(envelope.has_value(), "refused");
    const auto status = json::decode<protocol::ReplicaStatus>(envelope->data, json::Unknown::ignore);
    BASE_CHECK(status && status->replicas.size() == 3, "not decoded");
  }
};

/// The limit of any of them: OpenSSL's HMAC over the message, its context set back and used again.
struct RawHmac {
  RawHmac() {
    EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context = EVP_MAC_CTX_new(algorithm);
    EVP_MAC_free(algorithm);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                     OSSL_PARAM_construct_end()};
    BASE_CHECK(EVP_MAC_init(context, bytes(kKey), kKey.size(), parameters) == 1, "HMAC");
  }
  ~RawHmac() { EVP_MAC_CTX_free(context); }
  RawHmac(const RawHmac&) = delete;
  RawHmac& operator=(const RawHmac&) = delete;

  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  void operator()(const std::string& message) {
    unsigned char mac[32];
    std::size_t size = 0;
    EVP_MAC_init(context, nullptr, 0, nullptr);
    EVP_MAC_update(context, bytes(message) + 32, message.size() - 32);
    EVP_MAC_final(context, mac, &size, sizeof mac);
    BASE_CHECK(CRYPTO_memcmp(mac, message.data(), sizeof mac) == 0, "refused");
  }
  EVP_MAC_CTX* context{nullptr};
};

/// The same HMAC, then nlohmann's parser over the header and its members out of the tree.
struct Nlohmann {
  RawHmac mac;
  std::uint64_t expected{0};

  void operator()(const std::string& message) {
    mac(message);
    const auto newline = message.find('\n', 32);
    const auto header = nlohmann::json::parse(message.begin() + 32, message.begin() + static_cast<long>(newline));
    BASE_CHECK(header.at("v") == 1 && header.at("seq") == expected, "refused");
    expected = (expected + 1) % kMessages;
    const auto type = header.at("type").get<std::string>();
    BASE_CHECK(header.at("data").is_object() && protocol::find_message(type) != nullptr, "not routed");
  }
};

/// Messages a CPU second.
template <class F>
double rate(F& operation, const std::vector<std::string>& input) {
  std::size_t count = 0;
  const double began = cpu_seconds();
  double now = began;
  while (now - began < kRoundSeconds) {
    for (const auto& message : input) operation(message);
    count += input.size();
    now = cpu_seconds();
  }
  return static_cast<double>(count) / (now - began);
}

}  // namespace

int main(int count, char** arguments) {
  int rounds = 7;
  if (count > 1) {
    const std::string_view text(arguments[1]);
    std::from_chars(text.data(), text.data() + text.size(), rounds);
  }
  const base::SystemClock clock;
  const auto headers = messages(clock, protocol::ReplicaStatus::kType, status_data(clock), {});
  protocol::StreamData data;
  data.stream = base::StreamId::make(clock);
  const auto attached = messages(clock, protocol::StreamData::kType, json::encode(data), std::string(720, 'x'));
  Ours ours;
  Ours ours_attached;
  OursTyped typed;
  RawHmac raw;
  Nlohmann nlohmann;
  std::vector<std::pair<const char*, std::function<double()>>> contenders{
      {"ours", [&] { return rate(ours, headers); }},
      {"hmac_nlohmann", [&] { return rate(nlohmann, headers); }},
      {"raw_hmac", [&] { return rate(raw, headers); }},
      {"ours_attachment", [&] { return rate(ours_attached, attached); }},
      {"ours_typed", [&] { return rate(typed, headers); }},
  };
  for (int round = 0; round < rounds; ++round) {
    std::string line = "{\"bytes\":" + std::to_string(headers.front().size()) +
                       ",\"bytes_attachment\":" + std::to_string(attached.front().size());
    // Neither always first nor always behind the same one.
    std::rotate(contenders.begin(), contenders.begin() + 1, contenders.end());
    for (const auto& [name, run] : contenders) line += ",\"" + std::string(name) + "\":" + std::to_string(run());
    std::printf("%s}\n", line.c_str());
    std::fflush(stdout);
  }
  return 0;
}
