// The repositories of the world, and their addresses.

#include <fstream>
#include <utility>

#include "common/base/files.hpp"
#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {

namespace fs = std::filesystem;

void BuildWorld::git(const std::vector<std::string>& arguments, const fs::path& cwd) {
  std::vector<std::string> argv = {"git"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  run_program(std::move(argv), cwd);
}

std::string BuildWorld::repository(const std::string& name, const std::map<std::string, std::string>& files,
                                   const std::string& branch, const std::map<std::string, std::string>& links) {
  const fs::path bare = folder_ / "git" / (name + ".git");
  const fs::path work = folder_ / "work" / name;
  if (!fs::exists(bare)) {
    git({"init", "-q", "--bare", bare.string()}, folder_);
    fs::create_directories(work);
    git({"init", "-q", "-b", branch, work.string()}, folder_);
  }
  for (const auto& [path, content] : files) {
    fs::create_directories((work / path).parent_path());
    std::ofstream(work / path) << content;
  }
  for (const auto& [path, target] : links) fs::create_symlink(target, work / path);
  git({"add", "-A"}, work);
  git({"commit", "-q", "--allow-empty", "-m", "Change of " + name}, work);
  git({"push", "-q", bare.string(), "HEAD:refs/heads/" + branch}, work);
  git({"update-server-info"}, bare);
  return "http://127.0.0.1:" + std::to_string(smart_->port()) + "/" + name + ".git";
}

std::string BuildWorld::head_of(const std::string& name, const std::string& branch) {
  std::string text = base::blocking_read_file(folder_ / "git" / (name + ".git") / "refs/heads" / branch);
  return text.substr(0, text.find('\n'));
}

std::string BuildWorld::dumb_url(const std::string& name) {
  return "http://127.0.0.1:" + std::to_string(dumb_->port()) + "/" + name + ".git";
}
std::string BuildWorld::signed_in_url(const std::string& name) {
  return "http://127.0.0.1:" + std::to_string(guarded_->port()) + "/" + name + ".git";
}

std::string BuildWorld::hostile_url(const std::string& name, const std::string& trap) {
  if (!std::exchange(hostile_made_, true))
    run_program({"python3", WH_HOSTILE_REPOSITORIES, (folder_ / "git").string(), trap}, folder_);
  return "http://127.0.0.1:" + std::to_string(smart_->port()) + "/" + name + ".git";
}

}  // namespace builds::testing
