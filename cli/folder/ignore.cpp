#include "cli/folder/ignore.hpp"

#include <algorithm>

namespace cli {
namespace {

/// `[a-z]`, `[!x]`: whether `c` is in the set at the beginning of `pattern`; how long the set is.
std::optional<std::pair<bool, std::size_t>> in_set(std::string_view pattern, char c) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    const char low = pattern[at];
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      found = found || (low <= c && c <= pattern[at + 2]);
      at += 3;
    } else {
      found = found || low == c;
      ++at;
    }
  }
  if (at >= pattern.size()) return std::nullopt;  // no end: the bracket means itself
  return std::pair(found != negated, at + 1);
}

/// The longest part of `text` in front of a slash that a pattern may be about: each folder above, and itself.
std::vector<std::string_view> with_parents(std::string_view path) {
  std::vector<std::string_view> all;
  for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    all.push_back(path.substr(0, slash));
  }
  all.push_back(path);
  return all;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    if (pattern.starts_with("**")) {
      auto rest = pattern.substr(2);
      if (rest.empty()) return true;
      if (rest.starts_with('/')) {
        rest.remove_prefix(1);
        if (glob_matches(rest, path)) return true;
      }
      for (std::size_t at = 0; at < path.size(); ++at) {
        if (path[at] == '/' && glob_matches(rest, path.substr(at + 1))) return true;
      }
      return false;
    }
    if (pattern.front() == '*') {
      const auto rest = pattern.substr(1);
      for (std::size_t taken = 0;; ++taken) {
        if (glob_matches(rest, path.substr(taken))) return true;
        if (taken == path.size() || path[taken] == '/') return false;
      }
    }
    if (path.empty()) return false;
    std::size_t length = 1;
    bool same = pattern.front() == path.front();
    if (pattern.front() == '?') {
      same = path.front() != '/';
    } else if (const auto set = pattern.front() == '[' ? in_set(pattern, path.front()) : std::nullopt) {
      same = set->first && path.front() != '/';
      length = set->second;
    } else if (pattern.front() == '\\' && pattern.size() > 1) {
      same = pattern[1] == path.front();
      length = 2;
    }
    if (!same) return false;
    pattern.remove_prefix(length);
    path.remove_prefix(1);
  }
  return path.empty();
}

IgnoreFile::IgnoreFile(Kind kind, std::string_view text, std::string folder) : kind_(kind), folder_(std::move(folder)) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    Pattern pattern;
    pattern.negated = line.front() == '!';
    if (pattern.negated) line.remove_prefix(1);
    if (line.ends_with('/')) {
      pattern.folders_only = kind_ == Kind::git;
      line.remove_suffix(1);
    }
    // git: without a slash inside it is about any depth; docker: always from the root.
    const bool anywhere = kind_ == Kind::git && line.find('/') == std::string_view::npos;
    while (line.starts_with("./")) line.remove_prefix(2);
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    pattern.glob = (anywhere ? "**/" : "") + std::string(line);
    negates_ = negates_ || pattern.negated;
    patterns_.push_back(std::move(pattern));
  }
}

bool IgnoreFile::matches(const Pattern& pattern, std::string_view path, bool is_folder) const {
  if (kind_ == Kind::git) return (is_folder || !pattern.folders_only) && glob_matches(pattern.glob, path);
  const auto candidates = with_parents(path);
  return std::ranges::any_of(candidates, [&](auto candidate) { return glob_matches(pattern.glob, candidate); });
}

std::optional<bool> IgnoreFile::verdict(std::string_view path, bool is_folder) const {
  if (!folder_.empty()) {
    if (!path.starts_with(folder_) || path.size() <= folder_.size() || path[folder_.size()] != '/') return std::nullopt;
    path.remove_prefix(folder_.size() + 1);
  }
  std::optional<bool> out;
  for (const auto& pattern : patterns_) {
    if (matches(pattern, path, is_folder)) out = !pattern.negated;
  }
  return out;
}

}  // namespace cli
