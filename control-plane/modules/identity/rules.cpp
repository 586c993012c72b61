#include "control-plane/modules/identity/rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace identity::rules {
namespace {

// Neither vowels (no words) nor what looks alike.
constexpr std::string_view kLetters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::chrono::minutes kWindow{1};
constexpr std::chrono::minutes kLongestPause{60};
constexpr std::size_t kLongestPath = 1000;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string grouped(std::string_view random, std::size_t group) {
  std::string code;
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i == group) code.push_back('-');
    code.push_back(kLetters[static_cast<unsigned char>(random[i]) % kLetters.size()]);
  }
  return code;
}

std::string normal(std::string_view typed, std::size_t letters) {
  std::string code;
  for (char c : typed) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (kLetters.find(c) == std::string_view::npos || code.size() > letters) return {};
    if (code.size() == letters / 2) code.push_back('-');
    code.push_back(c);
  }
  return code.size() == letters + 1 ? code : std::string();
}

bool holds(const std::vector<std::string>& list, const std::string& value) {
  return std::ranges::any_of(list, [&](const std::string& entry) { return lower(entry) == value; });
}

}  // namespace

std::string safe_return_path(std::string_view wanted) {
  constexpr std::string_view kHome = "/";
  if (wanted.empty() || wanted.size() > kLongestPath || wanted[0] != '/') return std::string(kHome);
  const auto is_foreign = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7F || c == '\\';
  };
  if (std::ranges::any_of(wanted, is_foreign)) return std::string(kHome);
  const auto path = wanted.substr(0, wanted.find_first_of("?#"));
  if (path.find("//") != std::string_view::npos || path.find("..") != std::string_view::npos) {
    return std::string(kHome);
  }
  // Encoded slashes, backslashes and dots: nobody needs them in a path of the dashboard.
  const auto folded = lower(path);
  for (const std::string_view encoded : {"%2f", "%5c", "%2e", "%00", "%0a", "%0d", "%09"}) {
    if (folded.find(encoded) != std::string::npos) return std::string(kHome);
  }
  // The API's own addresses are not places to look at, and some of them act.
  if (path == "/api" || path.starts_with("/api/")) return std::string(kHome);
  return std::string(wanted);
}

base::Result<void> check_name(const std::string& field, const std::string& name) {
  constexpr std::size_t kLongest = 100;
  const bool printable = std::ranges::none_of(name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  if (!name.empty() && name.size() <= kLongest && printable && name.front() != ' ' && name.back() != ' ') return {};
  return base::invalid(field, "A name has 1 to 100 characters, and none of them is a control character.");
}

base::Result<void> check_theme(const std::string& field, const std::string& theme) {
  if (theme == "system" || theme == "light" || theme == "dark") return {};
  return base::invalid(field, "The theme is system, light or dark.");
}

std::string user_code(std::string_view random) {
  return grouped(random.substr(0, 8), 4);
}
std::string normal_user_code(std::string_view typed) {
  return normal(typed, 8);
}
std::string recovery_code(std::string_view random) {
  return grouped(random.substr(0, 16), 8);
}
std::string normal_recovery_code(std::string_view typed) {
  return normal(typed, 16);
}

base::Result<Tries> count_try(const std::optional<Tries>& so_far, base::UtcTime now) {
  if (!so_far) return Tries{1, now, 1};
  auto next = *so_far;
  const int blocks = std::min(next.failures / kTriesInAMinute, 7);
  const auto pause = std::min(kLongestPause, blocks > 1 ? kWindow * (1 << (blocks - 1)) : kWindow);
  const bool full = next.tries >= kTriesInAMinute;
  if (full && now < next.window_began + pause) {
    return base::fail(base::ErrorKind::rate_limited, "code.too_many_tries",
                      "Too many codes were tried. Wait a while, then try again.");
  }
  if (full || now >= next.window_began + kWindow) {
    next.tries = 0;
    next.window_began = now;
  }
  ++next.tries;
  ++next.failures;
  return next;
}

bool is_allowed(const std::string& email, const std::string& hosted_domain, const std::vector<std::string>& domains,
                const std::vector<std::string>& emails) {
  if (domains.empty() && emails.empty()) return true;
  const auto address = lower(email);
  if (holds(emails, address)) return true;
  const auto at = address.rfind('@');
  const auto domain = !hosted_domain.empty()    ? lower(hosted_domain)
                      : at == std::string::npos ? std::string()
                                                : address.substr(at + 1);
  return !domain.empty() && holds(domains, domain);
}

std::string device_name(std::string_view user_agent) {
  using Pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Pair, 7> kBrowsers{{{"wh/", "wh"},
                                           {"Edg/", "Edge"},
                                           {"OPR/", "Opera"},
                                           {"Firefox/", "Firefox"},
                                           {"Chrome/", "Chrome"},
                                           {"Safari/", "Safari"},
                                           {"curl/", "curl"}}};
  constexpr std::array<Pair, 6> kSystems{{{"Android", "Android"},
                                          {"iPhone", "iPhone"},
                                          {"iPad", "iPad"},
                                          {"Windows", "Windows"},
                                          {"Mac OS", "macOS"},
                                          {"Linux", "Linux"}}};
  const auto named = [&](const auto& table) -> std::string {
    for (const auto& [mark, name] : table) {
      if (user_agent.find(mark) != std::string_view::npos) return std::string(name);
    }
    return {};
  };
  const auto browser = named(kBrowsers);
  const auto system = named(kSystems);
  if (browser.empty() && system.empty()) return "Unknown device";
  if (system.empty()) return browser;
  return (browser.empty() ? "A browser" : browser) + " on " + system;
}

}  // namespace identity::rules
