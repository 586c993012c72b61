#include "common/base/process.hpp"

#include <sstream>
#include <string>

#include "common/base/kernel_file.hpp"

namespace base {

std::optional<std::uint64_t> start_time_of(pid_t pid) {
  const auto line = read_kernel_file("/proc/" + std::to_string(pid) + "/stat");
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const auto close = line.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(close + 1));
  std::string word;
  rest >> word;
  if (word == "Z" || word == "X") return std::nullopt;
  for (int field = 4; field < 22; ++field) rest >> word;
  std::uint64_t start_time = 0;
  return rest >> start_time ? std::optional(start_time) : std::nullopt;
}

}  // namespace base
