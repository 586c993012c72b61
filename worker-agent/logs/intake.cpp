#include "worker-agent/logs/intake.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace logs {
namespace {

constexpr std::uint64_t kAtOnce = 1 << 20U;
constexpr std::size_t kBuffer = 256 * 1024;
constexpr std::size_t kHead = 40;
/// A line without an end is shown when it is so long; the rest of it is counted.
constexpr std::size_t kLongestUnfinished = 64 * 1024;
/// Unread output up to this waits for the next tokens.
constexpr std::uint64_t kPatience = 256 * 1024;

std::string read_at(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const auto got = ::pread(fd, bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

}  // namespace

Intake::Intake(std::filesystem::path raw, std::shared_ptr<ReplicaSpool> spool, const Masker& masker,
               IntakeLimits limits, std::uint64_t raw_file_bytes)
    : raw_(std::move(raw)),
      spool_(std::move(spool)),
      masker_(masker),
      limits_(limits),
      raw_file_bytes_(raw_file_bytes),
      place_(spool_->place()) {}

/// After a restart: whether the file is the one that was read, and not another under its name.
bool Intake::continues_at_state() {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0 || place_.inode != info.st_ino || place_.head.empty()) return false;
  return static_cast<std::uint64_t>(info.st_size) >= place_.offset &&
         read_at(fd_.get(), 0, place_.head.size()) == place_.head;
}

bool Intake::open_file() {
  base::UniqueFd next(::open(raw_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!next.valid()) return false;
  const bool first = !fd_.valid();
  fd_ = std::move(next);
  if (first && place_.inode != 0) {
    if (continues_at_state()) {
      // What stood unfinished in the file is read again; what was whole is in the spool.
      emitted_to_ = place_.offset;
      place_.offset = place_.begin;
      return true;
    }
    // The file was replaced while nobody looked; how much of the older ones was missed is not known.
    away_.bytes += raw_file_bytes_ > place_.offset ? raw_file_bytes_ - place_.offset : 0;
    away_.lines_known = false;
  }
  struct stat info{};
  (void)::fstat(fd_.get(), &info);
  place_ = RawPlace{};
  place_.inode = info.st_ino;
  for (auto& line : unfinished_) line.begin = 0;
  emitted_to_ = 0;
  return true;
}

bool Intake::is_replaced() const {
  struct stat named{};
  return ::stat(raw_.c_str(), &named) == 0 && named.st_ino != place_.inode;
}

std::uint64_t Intake::unread() const {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return 0;
  const auto size = static_cast<std::uint64_t>(info.st_size);
  return size > place_.offset ? size - place_.offset : 0;
}

void Intake::refill(base::SteadyTime now) {
  const auto most = static_cast<double>(std::max(limits_.burst_bytes, limits_.bytes_per_second));
  if (!tokens_) tokens_ = most;
  const auto seconds = refilled_ == base::SteadyTime{} ? 0 : std::chrono::duration<double>(now - refilled_).count();
  tokens_ = std::min(most, *tokens_ + seconds * static_cast<double>(limits_.bytes_per_second));
  refilled_ = now;
}

Intake::Taken Intake::take(base::SteadyTime now, std::uint64_t replaced) {
  if (!fd_.valid() && !open_file()) return {};
  refill(now);
  Taken taken;
  const auto enough = static_cast<double>(std::min(limits_.bytes_per_second, limits_.burst_bytes));
  if (*tokens_ >= enough) limited_ = false;
  for (;;) {
    const auto got = take_from_file(taken.bytes);
    taken.bytes += got;
    if (!is_replaced()) break;
    if (unread() > 0 && got > 0) break;  // the rest of the old file comes with the next call
    skip_lines(true);
    ++replaced_handled_;
    if (!open_file() || taken.bytes >= kAtOnce) break;
  }
  if (!limited_) write_lost(Gap::rate, over_rate_);
  // Files that came and went between two looks.
  if (replaced > replaced_handled_) {
    over_rate_.bytes += (replaced - replaced_handled_) * raw_file_bytes_;
    over_rate_.lines_known = false;
    replaced_handled_ = replaced;
    if (!limited_) write_lost(Gap::rate, over_rate_);
  }
  commit();
  taken.more = unread() > 0 && taken.bytes > 0;
  taken.limited = limited_;
  return taken;
}

/// What is there of the open file, within the limits. Returns the bytes that were taken or left out.
std::uint64_t Intake::take_from_file(std::uint64_t done) {
  std::uint64_t got = 0;
  const bool no_limit = limits_.bytes_per_second == 0;
  const auto waiting = unread();
  if (!limited_ && waiting > 0 && done < kAtOnce) {
    const auto most = no_limit ? kAtOnce : std::min<std::uint64_t>(kAtOnce, static_cast<std::uint64_t>(*tokens_));
    got = take_lines(std::min(most, waiting));
    tokens_ = std::max(0.0, *tokens_ - static_cast<double>(got));
    limited_ = !no_limit && *tokens_ < kPrefixBytes + LineCutter::kLongest && unread() > kPatience;
  }
  if (limited_) got += skip_lines(is_replaced());
  return got;
}

/// Takes whole raw lines out of the next `most` bytes, at least one. Returns the bytes that they had.
std::uint64_t Intake::take_lines(std::uint64_t most) {
  std::uint64_t done = 0;
  while (done < most) {
    const auto bytes = read_at(fd_.get(), place_.offset,
                               std::max<std::uint64_t>(std::min<std::uint64_t>(most - done, kBuffer), 32 * 1024));
    if (place_.head.empty()) place_.head = bytes.substr(0, std::min(kHead, bytes.find('\n')));
    std::size_t at = 0;
    for (auto end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n', at)) {
      take_line(std::string_view(bytes).substr(at, end - at), place_.offset + at);
      at = end + 1;
    }
    place_.offset += at;
    done += at;
    if (at == 0) break;
  }
  return done;
}

/// Leaves whole lines out; with `all` whatever is left of the file.
std::uint64_t Intake::skip_lines(bool all) {
  std::uint64_t skipped = 0;
  for (;;) {
    const auto bytes = read_at(fd_.get(), place_.offset, kBuffer);
    const auto last = bytes.rfind('\n');
    const auto size = last == std::string::npos ? (all ? bytes.size() : 0) : last + 1;
    if (size == 0) return skipped;
    const auto whole = std::string_view(bytes).substr(0, size);
    for (std::size_t at = 0; at < size;) {
      const auto end = std::min(whole.find('\n', at), size);
      leave_out(whole.substr(at, end - at));
      at = end + 1;
    }
    place_.offset += size;
    skipped += size;
  }
}

/// Counts a raw line, and with it what was taken of its line before; where conmon cut it, the rest follows it.
void Intake::leave_out(std::string_view line) {
  over_rate_.bytes += line.size() + 1;
  const auto raw = parse_raw(line);
  if (!raw) return;
  auto& begun = unfinished_[raw->error ? 1 : 0];
  over_rate_.bytes += begun.text.size() + begun.swallowed;
  begun = {};
  begun.left_out = !raw->whole;
  if (raw->whole) ++over_rate_.lines;
}

void Intake::take_line(std::string_view line, std::uint64_t at) {
  const auto raw = parse_raw(line);
  if (!raw) return;  // conmon writes nothing else
  auto& begun = unfinished_[raw->error ? 1 : 0];
  if (begun.left_out) return leave_out(line);
  const bool known = at < emitted_to_;
  if (raw->whole && !begun.begun) {
    if (begun.swallow) {
      begun.swallowed += raw->text.size();
      if (!known) out_ += gap_line(Gap::line, 1, begun.swallowed);
      begun = {};
    } else if (!known) {
      write_line(raw->time, raw->error, raw->text);
    }
    return;
  }
  take_piece(*raw, at);
  if (!raw->whole) return;
  if (known) {
    begun = {};
  } else {
    finish(begun, raw->error);
  }
}

void Intake::take_piece(const RawLine& raw, std::uint64_t at) {
  auto& line = unfinished_[raw.error ? 1 : 0];
  if (line.swallow) {
    line.swallowed += raw.text.size();
    return;
  }
  if (!line.begun) {
    line.begun = true;
    line.begin = at;
    line.time = std::string(raw.time);
  }
  line.text += raw.text;
  if (line.text.size() < kLongestUnfinished) return;
  if (at >= emitted_to_) write_line(line.time, raw.error, line.text);
  line = {};
  line.swallow = true;
}

void Intake::finish(Unfinished& line, bool error) {
  write_line(line.time, error, line.text);
  line = {};
}

void Intake::write_line(std::string_view time, bool error, std::string_view text) {
  write_lost(Gap::rate, over_rate_);
  std::string_view safe = text;
  if (masker_.mask(safe, masked_)) safe = masked_;
  shown_.clear();
  InertText inert;
  const bool changed = inert.feed(safe, shown_);
  inert.end(shown_);
  while (shown_.ends_with('\r')) shown_.pop_back();
  if (changed && masker_.mask(shown_, masked_)) shown_ = masked_;
  append_time(time, out_);
  out_.append(error ? " E " : " O ");
  const auto kept = whole_characters(shown_, LineCutter::kLongest);
  out_.append(kept).append(cut_mark(shown_.size() - kept.size())).push_back('\n');
}

void Intake::write_lost(Gap reason, Lost& lost) {
  if (lost.bytes == 0) return;
  out_ += gap_line(reason, lost.lines_known ? std::optional(lost.lines) : std::nullopt, lost.bytes);
  lost = {};
}

void Intake::commit() {
  const bool nothing = out_.empty() && away_.bytes == 0 && place_.offset == spool_->place().offset &&
                       place_.inode == spool_->place().inode;
  if (nothing) return;
  const std::string lines = std::exchange(out_, {});
  Lost away = away_;
  Lost disk = disk_;
  write_lost(Gap::disk, disk);
  write_lost(Gap::away, away);
  const bool kept = spool_->append(out_ + lines);
  out_.clear();
  if (!kept) {
    // The place stays where it was: an agent that is started anew meanwhile reads these lines again.
    disk_.bytes += lines.size();
    disk_.lines += static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
    return;
  }
  away_ = disk_ = {};
  auto place = place_;
  place.begin = place.offset;
  for (const auto& line : unfinished_) {
    if (line.begun && line.begin < place.begin) place.begin = line.begin;
  }
  emitted_to_ = std::max(emitted_to_, place_.offset);
  spool_->commit(place);
}

}  // namespace logs
