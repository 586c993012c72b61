#include "common/audit/verifier.hpp"

#include "common/base/bytes.hpp"

namespace audit_chain {
namespace {

constexpr std::int64_t kLongestWaitUs = 60'000'000;
constexpr std::size_t kMostFindings = 1000;

}  // namespace

void Verifier::find(std::string code, std::int64_t sequence, std::string event_id, std::string text) {
  if (findings_.size() < kMostFindings)
    findings_.push_back({std::move(code), sequence, std::move(event_id), std::move(text)});
}

void Verifier::expect(const Head& head) {
  if (head.chain != chain_) {
    find("other_chain", head.sequence, "", "The kept head is of another organization.");
    return;
  }
  const auto key = keys_.find(head.key_id);
  const auto public_key = base::base64url_decode(head.public_key);
  if (!verify_head(head) || (key != keys_.end() && (!public_key || *public_key != key->second))) {
    find("head", head.sequence, "", "The kept head does not bear the signature of this installation.");
    return;
  }
  expected_ = head;
}

void Verifier::take(const Line& line) {
  const std::string event_id = line.event ? line.event->id : "";
  if (line.sequence == 0) {
    ++unsealed_;
    if (line.event && (oldest_unsealed_us_ == 0 || line.event->at_us < oldest_unsealed_us_)) {
      oldest_unsealed_us_ = line.event->at_us;
      oldest_unsealed_ = event_id;
    }
    return;
  }
  const auto hash = base::hex_decode(line.hash);
  const auto signature = base::base64url_decode(line.signature);
  Seal seal{line.sequence, hash.value_or(""), signature.value_or(""), line.key_id, line.sealed_at_us};
  if (line.sequence != sequence_ + 1) {
    find("seal_missing", line.sequence, event_id,
         "The seals from " + std::to_string(sequence_ + 1) + " to " + std::to_string(line.sequence - 1) +
             " are missing.");
  }
  check_seal(line, seal);
  check_head(seal);
  sequence_ = line.sequence;
  hash_ = seal.hash;
}

void Verifier::check_seal(const Line& line, const Seal& seal) {
  const auto number = std::to_string(line.sequence);
  if (!line.event) {
    find("event_missing", line.sequence, "", "The event of seal " + number + " is gone.");
  } else if (line.sequence == sequence_ + 1 &&
             next_hash(chain_, line.sequence, hash_, canonical(*line.event)) != seal.hash) {
    find("event_changed", line.sequence, line.event->id,
         "Event " + number + " (" + line.event->action + ") is not what was sealed.");
  }
  signed_end_ = !seal.key_id.empty();
  if (!signed_end_) return;
  const auto key = keys_.find(seal.key_id);
  if (key == keys_.end()) {
    find("key", line.sequence, "", "Seal " + number + " names an unknown key.");
  } else if (!verify_seal(key->second, chain_, seal)) {
    find("signature", line.sequence, "", "The signature of seal " + number + " is wrong.");
  }
}

void Verifier::check_head(const Seal& seal) {
  if (!expected_ || expected_->sequence != seal.sequence) return;
  if (expected_->hash != base::hex_encode(seal.hash)) {
    find("rewritten", seal.sequence, "",
         "The log differs from the head that was kept: it was rewritten or restored from elsewhere.");
  }
}

void Verifier::end(std::int64_t now_us) {
  if (!signed_end_) find("unsigned_end", sequence_, "", "The end of the log bears no signature.");
  if (expected_ && expected_->sequence > sequence_) {
    find("cut_off", sequence_, "",
         "The log ends at " + std::to_string(sequence_) + ", the head that was kept is at " +
             std::to_string(expected_->sequence) + ": the end was cut off, or an older copy was restored.");
  }
  if (now_us > 0 && oldest_unsealed_us_ > 0 && now_us - oldest_unsealed_us_ > kLongestWaitUs) {
    find("not_sealed", 0, oldest_unsealed_, "An event has waited for its seal for longer than a minute.");
  }
}

}  // namespace audit_chain
