#include "common/archive/tar_reader.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace archive {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kDeepest = 64;
constexpr std::uint64_t kLongestExtension = 64 * 1024;

std::unexpected<base::Error> refused(const char* code, std::string why) {
  return base::fail(base::ErrorKind::invalid, code, std::move(why));
}

std::unexpected<base::Error> broken(const char* why) {
  return refused("archive.broken", std::string("The archive is broken: ") + why + ".");
}

/// A name for people: shortened, without what a terminal would obey.
std::string shown(std::string_view path) {
  std::string text(path.substr(0, 100));
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return path.size() > 100 ? text + "…" : text;
}

std::string_view text_field(std::string_view block, std::size_t at, std::size_t length) {
  const auto field = block.substr(at, length);
  return field.substr(0, std::min(field.find('\0'), field.size()));
}

/// Octal, or base 256 when the first bit is set.
std::optional<std::uint64_t> number_field(std::string_view block, std::size_t at, std::size_t length) {
  auto field = block.substr(at, length);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(field.front()) & 0x80U) != 0) {
    if (static_cast<unsigned char>(field.front()) != 0x80U) return std::nullopt;
    for (const char c : field.substr(1)) {
      if (value >> 55U != 0) return std::nullopt;
      value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
  }
  while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
  field = field.substr(0, std::min(field.find_first_of(std::string_view(" \0", 2)), field.size()));
  if (field.empty()) return 0;
  const auto [end, status] = std::from_chars(field.data(), field.data() + field.size(), value, 8);
  if (status != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

bool has_checksum(std::string_view block) {
  const auto wanted = number_field(block, 148, 8);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    sum += i >= 148 && i < 156 ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
  }
  return wanted == sum;
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") parts.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

base::Result<std::string> clean_path(std::string_view path) {
  const auto no = [&](const char* why) { return refused("archive.path", "\"" + shown(path) + "\" " + why); };
  if (path.starts_with('/')) return no("is an absolute path; members of an archive are relative.");
  if (path.size() > kLongestPath) return no("is too long: at most 1024 bytes.");
  if (has_control(path)) return no("holds control characters.");
  const auto parts = parts_of(path);
  if (parts.size() > kDeepest) return no("is too deep: at most 64 folders.");
  std::string clean;
  for (const auto part : parts) {
    if (part == "..") return no("leads out of the archive.");
    if (part.size() > kLongestName) return no("has a name of over 255 bytes.");
    clean += (clean.empty() ? "" : "/") + std::string(part);
  }
  return clean;
}

base::Result<void> check_link(std::string_view path, std::string_view target) {
  const auto no = [&](const char* why) {
    return refused("archive.link", "The link \"" + shown(path) + "\" -> \"" + shown(target) + "\" " + why);
  };
  if (target.empty() || target.size() > kLongestPath || has_control(target)) return no("has no usable target.");
  if (target.starts_with('/')) return no("points to an absolute path; use a relative one.");
  // Where the link stands, then each step of the target, must stay beneath the root.
  auto depth = static_cast<std::ptrdiff_t>(parts_of(path).size()) - 1;
  for (const auto part : parts_of(target)) {
    depth += part == ".." ? -1 : 1;
    if (depth < 0) return no("leads out of the archive.");
  }
  return {};
}

TarReader::TarReader(Sink& sink, Limits limits) : sink_(sink), limits_(limits) {}

base::Result<void> TarReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::done: return {};  // padding of the last record
      case State::header: {
        const auto piece = bytes.substr(0, kBlock - block_.size());
        block_ += piece;
        bytes.remove_prefix(piece.size());
        if (block_.size() < kBlock) return {};
        TRY_CHECK(take_header(block_));
        block_.clear();
        break;
      }
      case State::content:
      case State::extension: TRY_CHECK(take_content(bytes)); break;
      case State::padding: {
        const auto skipped = std::min<std::uint64_t>(left_, bytes.size());
        left_ -= skipped;
        bytes.remove_prefix(skipped);
        if (left_ == 0) state_ = State::header;
        break;
      }
    }
  }
  return {};
}

base::Result<void> TarReader::take_content(std::string_view& bytes) {
  const auto piece = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
  bytes.remove_prefix(piece.size());
  left_ -= piece.size();
  if (state_ == State::extension) {
    extension_text_ += piece;
    if (left_ > 0) return {};
    pad();
    return end_extension();
  }
  TRY_CHECK(sink_.data(piece));
  if (left_ > 0) return {};
  pad();
  return sink_.end();
}

void TarReader::pad() {
  left_ = padding_;
  state_ = left_ > 0 ? State::padding : State::header;
}

base::Result<void> TarReader::take_header(std::string_view block) {
  if (block.find_first_not_of('\0') == std::string_view::npos) {
    state_ = State::done;
    return {};
  }
  if (!has_checksum(block)) return broken("a header's checksum is wrong");
  auto size = number_field(block, 124, 12);
  if (!size) return broken("a size is no number");
  const char type = block[156];
  if (type == 'x' || type == 'g' || type == 'L' || type == 'K') return begin_extension(type, *size);
  if (next_size_) size = next_size_;
  return take_member(block, type, *size);
}

base::Result<void> TarReader::begin_extension(char type, std::uint64_t size) {
  if (size == 0 || size > kLongestExtension) return broken("an extended header is empty or over 64 KiB");
  extension_ = type;
  extension_text_.clear();
  left_ = size;
  padding_ = (kBlock - size % kBlock) % kBlock;
  state_ = State::extension;
  if (++totals_.entries > limits_.entries * 2) return refused("archive.too_many", "The archive has too many members.");
  return {};
}

base::Result<void> TarReader::end_extension() {
  const auto text = std::string_view(extension_text_).substr(0, extension_text_.find('\0'));
  switch (extension_) {
    case 'L': next_path_ = std::string(text); return {};
    case 'K': next_target_ = std::string(text); return {};
    case 'x': return read_pax(extension_text_);
    default: return {};  // what is said of all members (comments, a commit) concerns nothing here
  }
}

/// "27 path=some/name\n", any number of them.
base::Result<void> TarReader::read_pax(std::string_view text) {
  while (!text.empty() && text.front() != '\0') {
    std::size_t length = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), length);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (status != std::errc() || length <= digits + 2 || length > text.size() || *end != ' ') {
      return broken("an extended header cannot be read");
    }
    const auto record = text.substr(digits + 1, length - digits - 2);
    text.remove_prefix(length);
    const auto equals = record.find('=');
    if (equals == std::string_view::npos) return broken("an extended header cannot be read");
    const auto key = record.substr(0, equals);
    const auto value = record.substr(equals + 1);
    if (key == "path") next_path_ = std::string(value);
    if (key == "linkpath") next_target_ = std::string(value);
    if (key.starts_with("GNU.sparse")) return refused("archive.kind", "Sparse files are not taken.");
    if (key != "size") continue;
    std::uint64_t size = 0;
    const auto [last, fault] = std::from_chars(value.data(), value.data() + value.size(), size);
    if (fault != std::errc() || last != value.data() + value.size()) return broken("a size is no number");
    next_size_ = size;
  }
  return {};
}

base::Result<void> TarReader::take_member(std::string_view block, char type, std::uint64_t size) {
  Entry entry;
  std::string path(text_field(block, 0, 100));
  const auto prefix = text_field(block, 345, 155);
  if (block.substr(257, 6) == std::string_view("ustar\0", 6) && !prefix.empty())
    path = std::string(prefix) + "/" + path;
  path = next_path_.value_or(path);
  entry.target = next_target_.value_or(std::string(text_field(block, 157, 100)));
  next_path_.reset();
  next_target_.reset();
  next_size_.reset();
  switch (type) {
    case '0':
    case '\0':
    case '7': entry.kind = path.ends_with('/') ? Entry::Kind::folder : Entry::Kind::file; break;
    case '5': entry.kind = Entry::Kind::folder; break;
    case '2': entry.kind = Entry::Kind::link; break;
    default:
      return refused("archive.kind", "\"" + shown(path) + "\" is neither a file nor a folder nor a symbolic link.");
  }
  if (entry.kind != Entry::Kind::file && size != 0) return broken("a folder or link has content");
  TRY_ASSIGN(entry.path, clean_path(path));
  entry.size = size;
  entry.executable = (number_field(block, 100, 8).value_or(0) & 0111U) != 0;
  if (entry.path.empty()) {
    if (entry.kind != Entry::Kind::folder) return refused("archive.path", "A member has no name.");
    return {};  // the root itself
  }
  TRY_CHECK(admit(entry));
  TRY_CHECK(sink_.begin(entry));
  left_ = size;
  padding_ = (kBlock - size % kBlock) % kBlock;
  if (size > 0) {
    state_ = State::content;
    return {};
  }
  return sink_.end();
}

base::Result<void> TarReader::admit(const Entry& entry) {
  if (++totals_.entries > limits_.entries) {
    return refused("archive.too_many",
                   "The archive has over " + std::to_string(limits_.entries) +
                       " members. Leave out what the build does not need: .dockerignore or .gitignore.");
  }
  if (entry.size > limits_.bytes || (totals_.bytes += entry.size) > limits_.bytes) {
    return refused("archive.too_large",
                   "The archive unpacks to over " + std::to_string(limits_.bytes >> 20U) +
                       " MiB. Leave out what the build does not need: .dockerignore or .gitignore.");
  }
  if (entry.kind == Entry::Kind::file) ++totals_.files;
  if (entry.kind == Entry::Kind::link) TRY_CHECK(check_link(entry.path, entry.target));
  const std::string_view path = entry.path;
  for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const auto above = path.substr(0, slash);
    const auto found = seen_.find(above);
    if (found == seen_.end()) {
      seen_.emplace(above, Entry::Kind::folder);
    } else if (found->second != Entry::Kind::folder) {
      return refused("archive.path", "\"" + shown(path) + "\" stands beneath a file or a link.");
    }
  }
  const auto [place, added] = seen_.emplace(entry.path, entry.kind);
  const bool again = place->second == Entry::Kind::folder && entry.kind == Entry::Kind::folder;
  if (!added && !again) return refused("archive.twice", "\"" + shown(path) + "\" is in the archive twice.");
  return {};
}

base::Result<void> TarReader::finish() {
  if (state_ == State::done || (state_ == State::header && block_.empty() && totals_.entries > 0)) return {};
  return broken("it ends too early");
}

}  // namespace archive
