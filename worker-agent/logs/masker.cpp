#include "worker-agent/logs/masker.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <unordered_map>

#include "worker-agent/logs/secret_forms.hpp"

namespace logs {
namespace {

constexpr std::string_view kMask = "•••";
constexpr std::size_t kKey = 4;
/// How far before a part its line may hold more of the value.
constexpr std::size_t kBeforePart = 15;

std::uint32_t key_at(const char* bytes) {
  std::uint32_t key = 0;
  std::memcpy(&key, bytes, kKey);
  return key;
}
std::size_t slot_of(std::uint32_t key) {
  return (key * 0x9E3779B1U) >> 16U;
}
/// The letters of hexadecimal, base64 and base64url.
bool of_encoding(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/' ||
         c == '-' || c == '_' || c == '=';
}

}  // namespace

/// What is looked for, found by its first four bytes: a bit table says for nearly every place that nothing begins
/// there.
class Masker::Patterns {
 public:
  explicit Patterns(std::vector<SecretForm> forms) : forms_(std::move(forms)) {
    std::ranges::sort(forms_, [](const auto& a, const auto& b) {
      return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.text < b.text;
    });
    for (std::size_t i = 0; i < forms_.size(); ++i) {
      const auto& form = forms_[i];
      const auto key = key_at(form.text.data());
      begins_.set(slot_of(key));
      by_key_[key].push_back(i);
      first_.set(static_cast<unsigned char>(form.text[0]));
      has_parts_ = has_parts_ || form.part;
    }
  }
  bool has_parts() const { return has_parts_; }

  /// All that must be hidden, in order, not overlapping.
  std::vector<Range> find(std::string_view text) const {
    std::vector<Range> found;
    for (std::size_t at = 0; at + kKey <= text.size(); ++at) {
      const auto key = key_at(text.data() + at);
      if (!begins_.test(slot_of(key))) continue;
      const auto known = by_key_.find(key);
      if (known == by_key_.end()) continue;
      for (const auto index : known->second) {
        const auto& form = forms_[index];
        if (text.compare(at, form.text.size(), form.text) == 0) hide(text, at, form, found);
      }
    }
    return found;
  }

  /// Where the longest end of `text` begins that may be the beginning of a form.
  std::size_t undecided(std::string_view text) const {
    const std::size_t longest = forms_.front().text.size() - 1;
    for (std::size_t at = text.size() > longest ? text.size() - longest : 0; at < text.size(); ++at) {
      if (first_.test(static_cast<unsigned char>(text[at])) && begins_some(text.substr(at))) return at;
    }
    return text.size();
  }

 private:
  bool begins_some(std::string_view end) const {
    if (end.size() < kKey) {
      return std::ranges::any_of(
          by_key_, [&](const auto& entry) { return std::memcmp(&entry.first, end.data(), end.size()) == 0; });
    }
    const auto found = by_key_.find(key_at(end.data()));
    return found != by_key_.end() &&
           std::ranges::any_of(found->second, [&](const auto index) { return forms_[index].text.starts_with(end); });
  }
  static void hide(std::string_view text, std::size_t at, const SecretForm& form, std::vector<Range>& found) {
    Range range{at, at + form.text.size(), form.part};
    if (form.part) {
      const auto furthest = at > kBeforePart ? at - kBeforePart : 0;
      while (range.begin > furthest && of_encoding(text[range.begin - 1])) --range.begin;
      while (range.end < text.size() && of_encoding(text[range.end])) ++range.end;
    }
    while (!found.empty() && found.back().end >= range.begin) {
      range.begin = std::min(range.begin, found.back().begin);
      if (found.back().end >= range.end) {
        range.part = found.back().part || (range.part && found.back().end == range.end);
        range.end = found.back().end;
      }
      found.pop_back();
    }
    found.push_back(range);
  }

  std::vector<SecretForm> forms_;  ///< longest first
  std::bitset<65536> begins_;
  std::bitset<256> first_;
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_key_;
  bool has_parts_{false};
};

Masker::Masker(const std::vector<std::string>& values) {
  std::vector<SecretForm> forms;
  for (const auto& value : values) {
    for (auto& form : secret_forms(value, kShortest)) forms.push_back(std::move(form));
  }
  if (!forms.empty()) patterns_ = std::make_shared<const Patterns>(std::move(forms));
}

bool Masker::mask(std::string_view text, std::string& shown) const {
  if (patterns_ == nullptr) return false;
  const auto found = patterns_->find(text);
  if (found.empty()) return false;
  shown.clear();
  std::size_t at = 0;
  for (const auto& range : found) {
    shown.append(text.substr(at, range.begin - at)).append(kMask);
    at = range.end;
  }
  shown.append(text.substr(at));
  return true;
}

/// The forms in `pending_`, and before them what is hidden already.
std::vector<Masker::Range> Masker::ranges() {
  if (inside_) {
    while (hidden_ < pending_.size() && of_encoding(pending_[hidden_])) ++hidden_;
    inside_ = hidden_ == pending_.size();
  }
  auto found = patterns_->find(pending_);
  Range first{0, hidden_, inside_};
  std::size_t merged = 0;
  while (merged < found.size() && found[merged].begin <= first.end) {
    if (found[merged].end >= first.end) first = {0, found[merged].end, found[merged].part || first.part};
    ++merged;
  }
  // Only what touches hidden bytes is one with them.
  if (hidden_ == 0) return found;
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(merged));
  found.insert(found.begin(), first);
  return found;
}

std::string Masker::add(std::string_view chunk) {
  if (patterns_ == nullptr) return std::string(chunk);
  pending_ += chunk;
  const auto found = ranges();
  std::size_t decided = patterns_->undecided(pending_);
  if (patterns_->has_parts()) {
    // A part behind this place would hide what stands before it.
    const auto furthest = decided > kBeforePart ? decided - kBeforePart : 0;
    while (decided > furthest && of_encoding(pending_[decided - 1])) --decided;
  }
  std::string out;
  std::size_t at = 0;
  std::size_t hidden = 0;
  bool inside = false;
  for (const auto& range : found) {
    const bool said = range.begin == 0 && hidden_ > 0;
    if (range.begin >= decided && !said) break;
    out.append(pending_, at, range.begin - at);
    if (!said) out.append(kMask);
    at = range.end;
    hidden = range.end > decided ? range.end - decided : 0;
    inside = range.part && range.end == pending_.size();
  }
  if (at < decided) out.append(pending_, at, decided - at);
  pending_.erase(0, decided);
  hidden_ = hidden;
  inside_ = inside;
  return out;
}

std::string Masker::finish() {
  if (patterns_ == nullptr) return {};
  std::string out;
  std::size_t at = 0;
  for (const auto& range : ranges()) {
    const bool said = range.begin == 0 && hidden_ > 0;
    out.append(pending_, at, range.begin - at);
    if (!said) out.append(kMask);
    at = range.end;
  }
  out.append(pending_, at);
  pending_.clear();
  hidden_ = 0;
  inside_ = false;
  return out;
}

}  // namespace logs
