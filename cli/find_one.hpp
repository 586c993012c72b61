#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace cli {

/// What is looked for, in the words of the answer when it is not found.
struct Sought {
  std::string_view what;  ///< `hook`
  std::string_view code;  ///< `cli.hook`
  std::string hint;       ///< what to give instead, and the command that lists it
};

/// The only one of `all` that `is` what was typed. Error `not_found` with the hint when there is none, or several.
template <class T, class Is>
base::Result<T> find_one(const std::vector<T>& all, const std::string& typed, Sought sought, Is is) {
  const T* found = nullptr;
  bool several = false;
  for (const auto& each : all) {
    if (typed.empty() || !is(each)) continue;
    several = found != nullptr;
    if (several) break;
    found = &each;
  }
  if (found != nullptr && !several) return *found;
  const std::string what(sought.what);
  const std::string why = several ? "Several " + what + "s are called " + typed : "There is no " + what + " " + typed;
  return base::fail(base::ErrorKind::not_found, std::string(sought.code), why + ". Give " + sought.hint);
}

}  // namespace cli
