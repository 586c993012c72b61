#include "cli/contexts.hpp"

#include <algorithm>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"

namespace cli {

namespace fs = std::filesystem;

base::Result<void> Contexts::check_name(const std::string& name) {
  const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (!name.empty() && name.size() <= 40 && plain && name.front() != '-') return {};
  return base::fail(base::ErrorKind::invalid, "cli.usage",
                    "A context's name is lower-case letters, digits and dashes, at most 40.");
}

fs::path Contexts::file(const std::string& name) const {
  return name == kDefaultContext ? folder_ / "context.json" : folder_ / "contexts" / (name + ".json");
}

std::vector<std::string> Contexts::blocking_names() const {
  std::vector<std::string> names;
  if (blocking_exists(kDefaultContext)) names.emplace_back(kDefaultContext);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ / "contexts", ignored)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

bool Contexts::blocking_exists(const std::string& name) const {
  std::error_code ignored;
  return fs::exists(file(name), ignored);
}

std::string Contexts::blocking_current() const {
  std::error_code ignored;
  const auto path = folder_ / "current-context";
  if (!fs::exists(path, ignored)) return kDefaultContext;
  try {
    std::string name = base::blocking_read_file(path, 100);
    while (!name.empty() && name.back() == '\n') name.pop_back();
    if (check_name(name)) return name;
  } catch (const base::Failure&) {
    // Unreadable: as if nothing had been chosen.
  }
  return kDefaultContext;
}

base::Result<void> Contexts::blocking_use(const std::string& name) const {
  try {
    fs::create_directories(folder_);
    base::blocking_write_file(folder_ / "current-context", name + "\n", 0600);
    return {};
  } catch (const std::exception& failure) {
    return base::fail(base::ErrorKind::internal, "cli.context", failure.what());
  }
}

void Contexts::blocking_remove(const std::string& name) const {
  std::error_code ignored;
  fs::remove(file(name), ignored);
  fs::remove(fs::path(file(name).string() + ".lock"), ignored);
}

}  // namespace cli
