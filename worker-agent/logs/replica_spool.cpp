#include "worker-agent/logs/replica_spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "common/base/failure.hpp"
#include "worker-agent/logs/log_line.hpp"

namespace logs {
namespace {

constexpr std::size_t kHeadBytes = 40;
constexpr std::size_t kStep = 64 * 1024;
constexpr std::uint64_t kMagic = 0x31305f676f6c6877;  // "whlog_01"

/// The state as it lies in the file, twice; the newer whole one holds.
struct StateRecord {
  std::uint64_t magic{kMagic};
  std::uint64_t turn{0};
  std::uint64_t end{0};
  std::uint64_t inode{0};
  std::uint64_t begin{0};
  std::uint64_t offset{0};
  std::array<char, kHeadBytes> head{};
  std::uint64_t head_size{0};
  std::uint64_t check{0};

  std::uint64_t sum() const {
    StateRecord copy = *this;
    copy.check = 0;
    std::array<unsigned char, sizeof(StateRecord)> bytes{};
    std::memcpy(bytes.data(), &copy, sizeof copy);
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    return hash;
  }
};
constexpr std::size_t kSlot = 512;

std::shared_ptr<base::UniqueFd> open_file(const std::filesystem::path& path, int flags) {
  auto fd = std::make_shared<base::UniqueFd>(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!fd->valid()) base::throw_errno("open " + path.string());
  return fd;
}

std::optional<std::uint64_t> offset_in_name(const std::filesystem::path& path) {
  const auto name = path.stem().string();
  std::uint64_t offset = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), offset);
  if (path.extension() != ".seg" || read.ec != std::errc{} || read.ptr != name.data() + name.size()) return {};
  return offset;
}

}  // namespace

ReplicaSpool::ReplicaSpool(std::filesystem::path folder, std::uint64_t most_bytes)
    : folder_(std::move(folder)),
      most_bytes_(most_bytes),
      segment_bytes_(std::clamp<std::uint64_t>(most_bytes / 16, 64 * 1024, 4 << 20U)) {
  std::filesystem::create_directories(folder_);
  state_ = open_file(folder_ / "state", O_RDWR | O_CREAT);
  recover();
}

std::filesystem::path ReplicaSpool::file(std::uint64_t begin) const {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%020llu.seg", static_cast<unsigned long long>(begin));
  return folder_ / name.data();
}

bool ReplicaSpool::read_state(std::uint64_t& end) {
  StateRecord newest;
  bool found = false;
  for (const off_t at : {off_t{0}, static_cast<off_t>(kSlot)}) {
    StateRecord record;
    if (::pread(state_->get(), &record, sizeof record, at) != static_cast<ssize_t>(sizeof record)) continue;
    if (record.magic != kMagic || record.check != record.sum() || record.head_size > kHeadBytes) continue;
    if (found && record.turn < newest.turn) continue;
    newest = record;
    found = true;
  }
  if (!found) return false;
  turn_ = newest.turn;
  end = newest.end;
  place_ = {newest.inode, newest.begin, newest.offset, std::string(newest.head.data(), newest.head_size)};
  return true;
}

void ReplicaSpool::recover() {
  std::vector<Segment> segments;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const auto begin = offset_in_name(entry.path());
    if (begin) segments.push_back({*begin, *begin + entry.file_size()});
  }
  std::ranges::sort(segments, {}, &Segment::begin);
  std::uint64_t end = segments.empty() ? 0 : segments.back().end;
  std::uint64_t committed = 0;
  if (read_state(committed)) end = std::min(end, committed);
  while (!segments.empty() && segments.back().begin > end) {
    std::filesystem::remove(file(segments.back().begin));
    segments.pop_back();
  }
  if (segments.empty()) segments.push_back({end, end});
  segments.back().end = end;
  const auto last = segments.back().begin;
  shared_.with([&](Shared& shared) { shared.segments = std::move(segments); });
  open_segment(last);
  written_ = end - last;
  if (::ftruncate(segment_->get(), static_cast<off_t>(written_)) != 0) base::throw_errno("cut a log");
}

void ReplicaSpool::open_segment(std::uint64_t begin) {
  segment_ = open_file(file(begin), O_RDWR | O_CREAT);
  segment_begin_ = begin;
  written_ = 0;
  mark_dirty(segment_, true);
}

void ReplicaSpool::mark_dirty(const std::shared_ptr<base::UniqueFd>& file, bool folder) {
  dirty_.with([&](Dirty& dirty) {
    if (std::ranges::find(dirty.files, file) == dirty.files.end()) dirty.files.push_back(file);
    dirty.folder = dirty.folder || folder;
  });
}

bool ReplicaSpool::append(std::string_view lines) {
  const auto before = written_;
  while (!lines.empty()) {
    const auto put = ::pwrite(segment_->get(), lines.data(), lines.size(), static_cast<off_t>(written_));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      written_ = before;
      (void)::ftruncate(segment_->get(), static_cast<off_t>(before));
      return false;
    }
    lines.remove_prefix(static_cast<std::size_t>(put));
    written_ += static_cast<std::uint64_t>(put);
  }
  return true;
}

void ReplicaSpool::write_state() {
  StateRecord record;
  record.turn = ++turn_;
  record.end = segment_begin_ + written_;
  record.inode = place_.inode;
  record.begin = place_.begin;
  record.offset = place_.offset;
  record.head_size = std::min(place_.head.size(), kHeadBytes);
  std::memcpy(record.head.data(), place_.head.data(), record.head_size);
  record.check = record.sum();
  const auto at = static_cast<off_t>(turn_ % 2 == 0 ? 0 : kSlot);
  if (::pwrite(state_->get(), &record, sizeof record, at) < 0) base::throw_errno("write a log's state");
}

void ReplicaSpool::commit(const RawPlace& place) {
  place_ = place;
  write_state();
  mark_dirty(segment_, false);
  const auto end = segment_begin_ + written_;
  std::vector<std::shared_ptr<std::function<void()>>> woken;
  const bool full = written_ >= segment_bytes_;
  if (full) open_segment(end);
  const auto kept = shared_.with([&](Shared& shared) {
    shared.segments.back().end = end;
    if (full) shared.segments.push_back({end, end});
    for (const auto& subscriber : shared.subscribers) {
      if (auto held = subscriber.lock()) woken.push_back(std::move(held));
    }
    return end - shared.segments.front().begin;
  });
  if (kept > most_bytes_) drop_oldest();
  for (const auto& call : woken) (*call)();
}

void ReplicaSpool::sync() {
  auto dirty = dirty_.with([](Dirty& state) { return std::exchange(state, {}); });
  if (dirty.files.empty()) return;
  for (const auto& fd : dirty.files) {
    if (::fdatasync(fd->get()) != 0) base::throw_errno("fsync a log");
  }
  if (::fdatasync(state_->get()) != 0) base::throw_errno("fsync a log's state");
  if (!dirty.folder) return;
  const base::UniqueFd folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid()) (void)::fsync(folder.get());
}

void ReplicaSpool::drop_oldest() {
  const auto oldest = shared_.with([](Shared& shared) -> std::optional<std::uint64_t> {
    if (shared.segments.size() < 2 || shared.segments[1].begin == shared.segments.back().end) return std::nullopt;
    const auto begin = shared.segments.front().begin;
    shared.segments.erase(shared.segments.begin());
    return begin;
  });
  std::error_code gone;
  if (oldest) std::filesystem::remove(file(*oldest), gone);
}

std::uint64_t ReplicaSpool::begin() const {
  return shared_.with([](const Shared& shared) { return shared.segments.front().begin; });
}

std::uint64_t ReplicaSpool::end() const {
  return shared_.with([](const Shared& shared) { return shared.segments.back().end; });
}

std::optional<std::string> ReplicaSpool::read(std::uint64_t offset, std::size_t limit) const {
  const auto segment = shared_.with([&](const Shared& shared) -> std::optional<Segment> {
    for (const auto& each : shared.segments) {
      if (offset >= each.begin && offset < each.end) return each;
    }
    if (offset == shared.segments.back().end) return Segment{offset, offset};
    return std::nullopt;
  });
  if (!segment) return std::nullopt;
  std::string bytes(std::min<std::uint64_t>(limit, segment->end - offset), '\0');
  if (bytes.empty()) return bytes;
  const base::UniqueFd fd(::open(file(segment->begin).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;  // dropped meanwhile
  const auto got = ::pread(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset - segment->begin));
  if (got < 0) base::throw_errno("read a log");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::uint64_t ReplicaSpool::last_lines(std::uint64_t lines) const {
  const auto first = begin();
  auto at = end();
  if (lines == 0) return at;
  std::uint64_t seen = 0;
  for (bool last = true; at > first; last = false) {
    const auto from = std::max(first, at > kStep ? at - kStep : 0);
    std::string bytes;
    for (auto next = from; next < at;) {
      const auto piece = read(next, at - next);
      if (!piece || piece->empty()) return std::max(begin(), from);
      bytes += *piece;
      next += piece->size();
    }
    for (auto i = bytes.size() - (last ? 1 : 0); i > 0; --i) {
      if (bytes[i - 1] == '\n' && ++seen == lines) return from + i;
    }
    at = from;
  }
  return first;
}

/// Offset of the first line that begins behind `offset`; the end when there is none.
std::uint64_t ReplicaSpool::next_line(std::uint64_t offset) const {
  for (;;) {
    const auto bytes = read(offset, kStep);
    if (!bytes || bytes->empty()) return end();
    const auto newline = bytes->find('\n');
    if (newline != std::string::npos) return offset + newline + 1;
    offset += bytes->size();
  }
}

std::uint64_t ReplicaSpool::first_since(std::string_view time) const {
  const auto time_at = [&](std::uint64_t offset) { return read(offset, kTimeBytes).value_or(std::string()); };
  auto low = begin();
  auto high = end();
  if (low == high || time_at(low) >= time) return low;
  // The line at `low` is older; none that begins at or behind `high` is needed to find the first that is not.
  while (true) {
    auto middle = next_line(low + (high - low) / 2);
    if (middle >= high) break;
    if (time_at(middle) >= time) {
      high = middle;
    } else {
      low = middle;
    }
  }
  // What is left between is less than two lines' halves: go through it.
  auto at = low;
  while (at < end() && time_at(at) < time) at = next_line(at);
  return at;
}

std::shared_ptr<std::function<void()>> ReplicaSpool::subscribe(std::function<void()> woken) {
  auto handle = std::make_shared<std::function<void()>>(std::move(woken));
  shared_.with([&](Shared& shared) {
    std::erase_if(shared.subscribers, [](const auto& each) { return each.expired(); });
    shared.subscribers.push_back(handle);
  });
  return handle;
}

}  // namespace logs
