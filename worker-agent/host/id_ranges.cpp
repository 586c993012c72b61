#include "worker-agent/host/id_ranges.hpp"

#include <set>
#include <utility>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/json/json.hpp"

namespace host {
namespace {

std::map<std::string, std::uint32_t> blocking_read(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  auto ranges =
      json::decode<std::map<std::string, std::uint32_t>>(base::blocking_read_file(file), json::Unknown::reject);
  if (!ranges) throw base::Failure(file.string() + " is damaged: " + ranges.error().message);
  return std::move(*ranges);
}

}  // namespace

IdRanges::IdRanges(std::filesystem::path file, std::uint32_t first, std::uint32_t end)
    : file_(std::move(file)), first_(first), end_(end) {}

base::Result<std::uint32_t> IdRanges::blocking_of(const std::string& owner) {
  if (!read_) ranges_ = blocking_read(file_);
  read_ = true;
  if (const auto known = ranges_.find(owner); known != ranges_.end()) return known->second;
  std::set<std::uint32_t> taken;
  for (const auto& [name, first] : ranges_) taken.insert(first);
  std::uint32_t free = first_;
  while (taken.contains(free)) free += kIdsPerRange;
  if (end_ - free < kIdsPerRange) {
    return base::fail(base::ErrorKind::unavailable, "host.no_ids",
                      "This worker has had more apps than it has ranges of user ids (" + file_.string() + ").");
  }
  auto with_new = ranges_;
  with_new[owner] = free;
  base::blocking_write_file(file_, json::encode(with_new), 0600);
  ranges_ = std::move(with_new);
  return free;
}

}  // namespace host
