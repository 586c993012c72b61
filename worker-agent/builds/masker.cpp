#include "worker-agent/builds/masker.hpp"

#include <algorithm>
#include <cctype>

#include "common/base/bytes.hpp"

namespace builds {
namespace {

constexpr std::string_view kMask = "•••";

std::string percent_encode(std::string_view value) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return out;
}

/// The part of a base64 text that does not depend on what stands before or behind the value; one per alignment.
std::vector<std::string> base64_cores(const std::string& value) {
  std::vector<std::string> out;
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string text = base::base64_encode(std::string(shift, 'x') + value);
    const std::size_t begin = shift == 0 ? 0 : shift + 1;
    const std::size_t whole = (shift + value.size()) * 8 / 6;
    if (whole > begin) out.push_back(text.substr(begin, whole - begin));
  }
  return out;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  return text;
}

}  // namespace

Masker::Masker(const std::vector<std::string>& values) {
  for (const auto& value : values) {
    if (value.size() < kShortest) continue;
    patterns_.push_back(value);
    patterns_.push_back(percent_encode(value));
    patterns_.push_back(base::hex_encode(value));
    patterns_.push_back(upper(base::hex_encode(value)));
    for (auto& core : base64_cores(value)) patterns_.push_back(std::move(core));
  }
  std::erase_if(patterns_, [](const auto& pattern) { return pattern.size() < kShortest; });
  std::ranges::sort(
      patterns_, [](const auto& a, const auto& b) { return a.size() > b.size() || (a.size() == b.size() && a < b); });
  const auto repeated = std::ranges::unique(patterns_);
  patterns_.erase(repeated.begin(), repeated.end());
}

void Masker::replace_whole_values() {
  for (const auto& pattern : patterns_) {
    for (auto at = pending_.find(pattern); at != std::string::npos; at = pending_.find(pattern, at + kMask.size())) {
      pending_.replace(at, pattern.size(), kMask);
    }
  }
}

std::size_t Masker::longest_beginning() const {
  std::size_t longest = 0;
  for (const auto& pattern : patterns_) {
    for (std::size_t length = std::min(pattern.size() - 1, pending_.size()); length > longest; --length) {
      if (pending_.ends_with(std::string_view(pattern).substr(0, length))) {
        longest = length;
        break;
      }
    }
  }
  return longest;
}

std::string Masker::add(std::string_view chunk) {
  if (patterns_.empty()) return std::string(chunk);
  pending_ += chunk;
  replace_whole_values();
  const std::size_t shown = pending_.size() - longest_beginning();
  std::string out = pending_.substr(0, shown);
  pending_.erase(0, shown);
  return out;
}

std::string Masker::finish() {
  replace_whole_values();
  std::string out = std::move(pending_);
  pending_.clear();
  return out;
}

}  // namespace builds
