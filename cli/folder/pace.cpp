#include "cli/folder/pace.hpp"

namespace cli {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::string time_text(std::int64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + " s";
  return std::to_string((seconds + 59) / 60) + " min";
}

}  // namespace

std::string size_text(std::int64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " bytes";
  if (bytes < 1024 * 1024) return std::to_string(bytes / 1024) + " KiB";
  return std::to_string(bytes >> 20U) + "." + std::to_string((bytes % (1 << 20)) * 10 >> 20U) + " MiB";
}

std::string progress_text(std::int64_t done, std::int64_t total, std::int64_t since, base::Duration took) {
  std::string text = "Sending " + size_text(done) + " of " + size_text(total) + " (" +
                     std::to_string(total == 0 ? 100 : done * 100 / total) + " %)";
  const auto ms = duration_cast<milliseconds>(took).count();
  const std::int64_t speed = ms < 1000 ? 0 : since * 1000 / ms;
  // Of the first second nothing can be said.
  if (speed > 0) text += ", " + size_text(speed) + "/s, " + time_text((total - done) / speed) + " left";
  return text;
}

}  // namespace cli
