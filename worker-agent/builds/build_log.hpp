#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "worker-agent/builds/spool.hpp"
#include "worker-agent/logs/inert_text.hpp"
#include "worker-agent/logs/masker.hpp"

namespace builds {

/// What a person reads of a build: the tools' output, masked, inert and bounded, with our own headings in between.
/// Lines over 8 KiB are cut and marked. Remembers the last lines for the failure report. Main thread.
class BuildLog {
 public:
  static constexpr std::size_t kLastLines = 20;

  /// `limit`: bytes of tool output kept; after that one marker, headings go on.
  BuildLog(std::shared_ptr<Spool> spool, std::uint64_t limit, const std::vector<std::string>& secrets);

  /// `==> text` on a line of its own.
  void heading(std::string_view text);
  void output(std::string_view bytes);
  /// Writes what the masking kept back; call at the end of each tool.
  void flush();

  /// The last complete or begun lines of the tools' output, at most 20, as shown, valid UTF-8, ≤ 500 bytes each.
  std::vector<std::string> last_lines() const;
  /// From here on `last_lines` and `text_since_mark` tell about the next tool only.
  void mark();
  /// The newest tool output since `mark`, at most 64 KiB.
  const std::string& text_since_mark() const { return recent_; }
  Spool& spool() { return *spool_; }

 private:
  void write_output(const std::string& masked, bool end);
  void keep(std::string_view shown);
  void remember(std::string_view shown);

  std::shared_ptr<Spool> spool_;
  std::uint64_t limit_;
  std::uint64_t written_{0};
  bool cut_{false};
  bool at_line_start_{true};
  logs::Masker masker_;
  logs::InertText inert_;
  logs::Masker inert_masker_;  ///< a value that only dropped bytes kept apart
  logs::LineCutter cutter_;
  std::string recent_;
};

/// Bytes that are not UTF-8 become U+FFFD, control characters but tab and newline are dropped.
std::string printable_utf8(std::string_view bytes);

}  // namespace builds
