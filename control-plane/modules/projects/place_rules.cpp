#include "control-plane/modules/projects/place_rules.hpp"

#include <algorithm>

#include "common/text/git_source.hpp"

namespace projects::rules {
namespace {

constexpr std::size_t kLongestSlug = 40;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kMostPatterns = 20;
constexpr std::size_t kLongestPattern = 200;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

base::Result<void> check_pattern(std::size_t at, const std::string& pattern) {
  // A pattern is a branch's name whose stars could be letters.
  std::string as_branch = pattern;
  std::ranges::replace(as_branch, '*', 'x');
  if (pattern.size() <= kLongestPattern && text::check_branch(as_branch)) return {};
  return base::invalid("/branch_patterns/" + std::to_string(at),
                       "A pattern is the name of a branch, with * for any run of characters, for example release/*.");
}

}  // namespace

base::Result<void> check_slug(const std::string& field, std::string_view slug) {
  const bool good = !slug.empty() && slug.size() <= kLongestSlug && is_lower(slug.front()) && slug.back() != '-' &&
                    std::ranges::all_of(slug, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
  if (good) return {};
  return base::invalid(field,
                       "Lower-case letters, digits and dashes, beginning with a letter and not ending with a dash, at "
                       "most 40.");
}

base::Result<void> check_project_name(std::string_view name) {
  const bool control =
      std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; });
  if (!name.empty() && name.size() <= kLongestName && !control) return {};
  return base::invalid("/name", "A name has 1 to 100 bytes and no control characters.");
}

base::Result<void> check_patterns(const std::vector<std::string>& patterns) {
  if (patterns.size() > kMostPatterns) return base::invalid("/branch_patterns", "At most 20 patterns.");
  for (std::size_t i = 0; i < patterns.size(); ++i) TRY_CHECK(check_pattern(i, patterns[i]));
  return {};
}

bool matches(std::string_view pattern, std::string_view branch) {
  // Greedy, going back to the last star only: O(pattern × branch).
  std::size_t p = 0;
  std::size_t b = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (b < branch.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = b;
    } else if (p < pattern.size() && pattern[p] == branch[b]) {
      ++p;
      ++b;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      b = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

const Environment* environment_for(const std::vector<Environment>& environments, std::string_view branch) {
  const Environment* best = nullptr;
  std::pair<bool, std::size_t> best_rank{false, 0};
  for (const auto& environment : environments) {
    for (const auto& pattern : environment.branch_patterns) {
      if (!matches(pattern, branch)) continue;
      const std::pair rank{pattern.find('*') == std::string::npos, pattern.size()};
      if (best != nullptr && rank <= best_rank) continue;
      best = &environment;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace projects::rules
