#include "worker-agent/runtime/variables.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "common/base/failure.hpp"
#include "common/json/json.hpp"

namespace runtime {

HandedVariables::HandedVariables(std::filesystem::path link, const std::map<std::string, std::string>& values)
    : link_(std::move(link)), memory_(::memfd_create("wh-variables", MFD_CLOEXEC)) {
  if (!memory_.valid()) base::throw_errno("make a memory file for variables");
  const std::string text = json::encode(values);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t put = ::write(memory_.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) base::throw_errno("write variables to memory");
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  const auto target = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(memory_.get());
  ::unlink(link_.c_str());
  if (::symlink(target.c_str(), link_.c_str()) != 0) base::throw_errno("make the link " + link_.string());
}

HandedVariables::~HandedVariables() {
  ::unlink(link_.c_str());
}

}  // namespace runtime
