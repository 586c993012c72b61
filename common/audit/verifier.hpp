#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/audit/chain.hpp"

namespace audit_chain {

/// Something that is not as it was sealed.
struct Finding {
  std::string code;  ///< event_changed, event_missing, seal_missing, seal_changed, signature, unsigned_end, cut_off, …
  std::int64_t sequence{0};
  std::string event_id;
  std::string text;  ///< a sentence
  template <class F>
  void map(F& f) {
    f.required("code", code);
    f.required("sequence", sequence);
    f.required("event_id", event_id);
    f.required("text", text);
  }
};

/// One line of a chain, as it is sent and exported. Of the end that is not sealed yet, `sequence` is 0.
struct Line {
  std::int64_t sequence{0};
  std::optional<Event> event;
  std::string hash;       ///< hexadecimal
  std::string signature;  ///< base64url; empty in the middle of what was sealed at once
  std::string key_id;
  std::int64_t sealed_at_us{0};
  template <class F>
  void map(F& f) {
    f.required("sequence", sequence, "From 1 without gaps; 0: not sealed yet");
    f.required("event", event, "null: the event of this seal is gone");
    f.defaulted("hash", hash, "Hexadecimal");
    f.defaulted("signature", signature, "base64url; empty in the middle of what was sealed at once");
    f.defaulted("key_id", key_id);
    f.defaulted("sealed_at_us", sealed_at_us);
  }
};

/// Reads a chain from its beginning and finds what was changed, taken out, put in or cut off. Constant memory.
class Verifier {
 public:
  /// `keys`: raw public keys by id.
  Verifier(std::string chain, std::map<std::string, std::string> keys)
      : chain_(std::move(chain)), keys_(std::move(keys)), hash_(first_hash()) {}

  /// Lines in the order of their sequence; those that are not sealed yet last.
  void take(const Line& line);
  /// A head that was kept earlier: give it before the lines.
  void expect(const Head& head);
  /// After the last line. `now_us`: an event that waits for its seal longer than a minute is a finding; 0: not looked
  /// at.
  void end(std::int64_t now_us);

  const std::vector<Finding>& findings() const { return findings_; }
  bool holds() const { return findings_.empty(); }
  std::int64_t sequence() const { return sequence_; }
  const std::string& hash() const { return hash_; }
  int unsealed() const { return unsealed_; }

 private:
  void find(std::string code, std::int64_t sequence, std::string event_id, std::string text);
  void check_seal(const Line& line, const Seal& seal);
  void check_head(const Seal& seal);

  std::string chain_;
  std::map<std::string, std::string> keys_;
  std::string hash_;
  std::int64_t sequence_{0};
  bool signed_end_{true};
  int unsealed_{0};
  std::int64_t oldest_unsealed_us_{0};
  std::string oldest_unsealed_;
  std::optional<Head> expected_;
  std::vector<Finding> findings_;
};

}  // namespace audit_chain
