#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace archive {

/// One member of an archive that may be unpacked: its path is relative, stays beneath the root and crosses no link.
struct Entry {
  enum class Kind { file, folder, link };
  Kind kind{Kind::file};
  std::string path;    ///< `src/main.c`; no `.`, `..`, doubled or trailing slashes
  std::string target;  ///< of a link: relative, stays beneath the root
  std::uint64_t size{0};
  bool executable{false};
};

/// What is done with the members, in their order.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual base::Result<void> begin(const Entry& entry) = 0;
  /// Content of the file that began last; any number of pieces.
  virtual base::Result<void> data(std::string_view bytes) = 0;
  virtual base::Result<void> end() = 0;
};

struct Limits {
  std::uint64_t entries{50'000};
  std::uint64_t bytes{std::uint64_t{512} << 20U};  ///< of all files' content
};

struct Totals {
  std::uint64_t entries{0};
  std::uint64_t files{0};
  std::uint64_t bytes{0};
};

/// Reads a tar archive (ustar, pax, GNU long names) from pieces of any size, trusting nothing in it. What is not a
/// plain file, folder or symbolic link is refused, as are paths and links that lead outside, members beneath a link,
/// members that come twice, and archives over the limits.
/// Errors (kind invalid): `archive.broken`, `archive.path`, `archive.link`, `archive.kind`, `archive.twice`,
/// `archive.too_many`, `archive.too_large`, and what the sink says. After an error nothing more may be fed.
class TarReader {
 public:
  explicit TarReader(Sink& sink, Limits limits = {});
  base::Result<void> feed(std::string_view bytes);
  /// At the end of the input. `archive.broken` when it ends within a member.
  base::Result<void> finish();
  const Totals& totals() const { return totals_; }

 private:
  enum class State { header, content, padding, extension, done };
  base::Result<void> take_header(std::string_view block);
  base::Result<void> take_member(std::string_view block, char type, std::uint64_t size);
  base::Result<void> begin_extension(char type, std::uint64_t size);
  base::Result<void> end_extension();
  base::Result<void> read_pax(std::string_view text);
  base::Result<void> admit(const Entry& entry);
  base::Result<void> take_content(std::string_view& bytes);
  void pad();

  Sink& sink_;
  Limits limits_;
  Totals totals_;
  State state_{State::header};
  std::string block_;         ///< an unfinished header
  std::uint64_t left_{0};     ///< of the content, the padding or the extension
  std::uint64_t padding_{0};  ///< that follows it
  char extension_{'\0'};
  std::string extension_text_;
  std::optional<std::string> next_path_;
  std::optional<std::string> next_target_;
  std::optional<std::uint64_t> next_size_;
  std::map<std::string, Entry::Kind, std::less<>> seen_;
};

/// The clean form of a member's path, empty for the root itself. Error `archive.path`.
base::Result<std::string> clean_path(std::string_view path);
/// Whether a link at `path` with `target` stays beneath the root. Error `archive.link`.
base::Result<void> check_link(std::string_view path, std::string_view target);

}  // namespace archive
