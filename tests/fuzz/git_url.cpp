#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/failure.hpp"
#include "common/text/git_source.hpp"

/// What is accepted must be its own normal form, and hold nothing that git or a shell could read otherwise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto url = text::parse_git_url(input)) {
    const std::string normal = url->to_string();
    BASE_CHECK(text::parse_git_url(normal) == url, "the normal form reads back as something else");
    BASE_CHECK(normal.find_first_of(" $`;|&<>()'\"\\\n\r\t") == std::string::npos, "a shell character came through");
    BASE_CHECK(!url->host.empty() && url->host.front() != '-' && !url->user.starts_with('-'), "an option came through");
  }
  if (text::check_branch(input)) {
    BASE_CHECK(!input.empty() && input.front() != '-' && input.find("..") == std::string_view::npos, "bad branch");
  }
  if (text::check_containerfile(input)) {
    BASE_CHECK(input.front() != '/' && input.front() != '-' && input.find('\0') == std::string_view::npos, "bad path");
  }
  return 0;
}
