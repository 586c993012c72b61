#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/failure.hpp"
#include "common/protocol/envelope.hpp"
#include "common/protocol/registration.hpp"
#include "common/text/build_commands.hpp"
#include "common/text/git_source.hpp"
#include "control-plane/modules/projects/rules.hpp"
#include "worker-agent/edge/route.hpp"

// What the grammars of names, branches, hosts and variables let through is held against plain character sets written
// down a second time here: nothing that a shell, a command line, HAProxy or an environment block reads otherwise.
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

/// Every byte is a lower-case letter, a digit, a letter where `upper`, or one of `others`.
bool only(std::string_view text, bool upper, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) {
    return kLower.contains(c) || kDigits.contains(c) || (upper && kUpper.contains(c)) || others.contains(c);
  });
}

void check_labels(std::string_view input) {
  if (projects::rules::check_app_name(input)) {
    BASE_CHECK(only(input, false, "-") && kLower.contains(input.front()) && input.back() != '-', "app name");
    BASE_CHECK(input.size() <= 40, "a long app name");
  }
  if (protocol::is_worker_name(input)) {
    BASE_CHECK(only(input, false, "-") && input.front() != '-' && input.size() <= 63, "worker name");
  }
  if (edge::check_host(input)) {
    BASE_CHECK(only(input, false, "-.") && input.size() <= 253, "host");
    BASE_CHECK(input.front() != '-' && input.front() != '.' && !input.contains(".."), "host's labels");
  }
  if (protocol::is_message_type(input)) {
    BASE_CHECK(only(input, false, ".") && input.size() <= 64 && !input.contains(".."), "message type");
  }
}

void check_source(std::string_view input) {
  constexpr std::string_view kForbidden = " $`;|&<>()'\"\\*?[]~^:\n\r\t";
  if (text::check_branch(input)) {
    BASE_CHECK(input.find_first_of(kForbidden) == std::string_view::npos, "branch");
    BASE_CHECK(!input.contains("..") && !input.contains("/.") && !input.contains("/-"), "branch's parts");
    BASE_CHECK(input.front() != '-' && input.front() != '.' && !input.ends_with(".lock"), "branch's ends");
  }
  if (text::check_commit(input)) BASE_CHECK(only(input, false, "") && input.size() >= 40, "commit");
  if (text::check_containerfile(input)) {
    BASE_CHECK(input.find_first_of(" $`;|&<>()'\"\\\n\r\t:") == std::string_view::npos, "path");
    BASE_CHECK(!("/" + std::string(input) + "/").contains("/../"), "path leads out");
  }
  if (text::check_image_reference(input)) {
    BASE_CHECK(only(input, true, "./_-:@") && input.size() <= 255 && input.front() != '-', "image");
    BASE_CHECK(!input.contains("//") && !input.contains("..") && input.back() != '/', "image's parts");
  }
  if (text::check_command(input)) {
    const bool plain =
        std::ranges::none_of(input, [](char c) { return (c >= 0 && c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; });
    BASE_CHECK(plain && input.size() <= 4096 && !input.empty(), "command");
  }
  if (text::check_static_directory(input)) {
    BASE_CHECK(only(input, true, "/-._~%+,@=#^") && input.size() <= 255, "static directory");
    BASE_CHECK(input.front() != '/' && input.front() != '-', "static directory's begin");
    const auto whole = "/" + std::string(input) + "/";
    BASE_CHECK(!whole.contains("/../") && !whole.contains("//") && !whole.contains("/.git/"), "it leads elsewhere");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_labels(input);
  check_source(input);
  if (projects::rules::check_variable_name(input)) {
    BASE_CHECK(only(input, true, "_") && !kDigits.contains(input.front()) && input.size() <= 128, "variable");
  }
  if (projects::rules::check_variable_value(input)) BASE_CHECK(!input.contains('\0'), "NUL in a value");
  if (projects::rules::check_health_path(input)) {
    BASE_CHECK(input.front() == '/' && only(input, true, "/-._~%?=&+,@:"), "health path");
  }
  if (const auto address = edge::check_address(input)) {
    BASE_CHECK(only(*address, false, ".:") && edge::check_address(*address) == *address, "address");
  }
  return 0;
}
