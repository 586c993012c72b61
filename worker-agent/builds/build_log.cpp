#include "worker-agent/builds/build_log.hpp"

#include <algorithm>

namespace builds {
namespace {

constexpr std::size_t kRecent = 64 * 1024;
constexpr std::size_t kLongestLine = 500;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Length of the UTF-8 sequence at the beginning of `text`, or 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t count) {
    if (text.size() <= count) return false;
    for (std::size_t i = 1; i <= count; ++i) {
      if ((byte(i) & 0xC0U) != 0x80) return false;
    }
    return true;
  };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xC2 && byte(0) <= 0xDF) return follows(1) ? 2 : 0;
  if (byte(0) >= 0xE0 && byte(0) <= 0xEF) {
    if (!follows(2) || (byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (byte(0) >= 0xF0 && byte(0) <= 0xF4) {
    if (!follows(3) || (byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string printable_utf8(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    const auto first = static_cast<unsigned char>(bytes[0]);
    const bool control = length == 1 && (first < 0x20 || first == 0x7F) && first != '\t' && first != '\n';
    if (length == 0) out += kReplacement;
    if (length != 0 && !control) out += bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

BuildLog::BuildLog(std::shared_ptr<Spool> spool, std::uint64_t limit, const std::vector<std::string>& secrets)
    : spool_(std::move(spool)), limit_(limit), masker_(secrets), inert_masker_(masker_) {}

void BuildLog::heading(std::string_view text) {
  flush();
  std::string line = at_line_start_ ? "" : "\n";
  line += "==> " + std::string(text) + "\n";
  spool_->append(line);
  at_line_start_ = true;
}

void BuildLog::output(std::string_view bytes) {
  write_output(masker_.add(bytes), false);
}

void BuildLog::flush() {
  write_output(masker_.finish(), true);
}

void BuildLog::write_output(const std::string& masked, bool end) {
  std::string inert;
  inert_.feed(masked, inert);
  if (end) inert_.end(inert);
  std::string safe = inert_masker_.add(inert);
  if (end) safe += inert_masker_.finish();
  std::string shown;
  cutter_.feed(safe, shown);
  if (end) cutter_.end(shown);
  keep(shown);
}

void BuildLog::keep(std::string_view shown) {
  if (shown.empty()) return;
  remember(shown);
  if (cut_) return;
  const std::string_view kept = shown.substr(0, limit_ - written_);
  if (!kept.empty()) {
    spool_->append(kept);
    written_ += kept.size();
    at_line_start_ = kept.back() == '\n';
  }
  if (kept.size() == shown.size()) return;
  cut_ = true;
  spool_->append("\n==> The output is over its limit of " + std::to_string(limit_) +
                 " bytes; the build goes on without it\n");
  at_line_start_ = true;
}

void BuildLog::remember(std::string_view shown) {
  recent_ += shown;
  if (recent_.size() > 2 * kRecent) recent_.erase(0, recent_.size() - kRecent);
}

void BuildLog::mark() {
  flush();
  recent_.clear();
}

std::vector<std::string> BuildLog::last_lines() const {
  std::vector<std::string> lines;
  std::string_view rest = recent_;
  while (!rest.empty() && lines.size() < kLastLines) {
    if (rest.back() == '\n') rest.remove_suffix(1);
    const auto newline = rest.rfind('\n');
    const std::string_view line = newline == std::string_view::npos ? rest : rest.substr(newline + 1);
    lines.push_back(printable_utf8(line.substr(0, kLongestLine)));
    rest = newline == std::string_view::npos ? std::string_view{} : rest.substr(0, newline + 1);
  }
  std::ranges::reverse(lines);
  return lines;
}

}  // namespace builds
