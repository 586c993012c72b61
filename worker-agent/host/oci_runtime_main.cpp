// wh-oci-runtime: stands between Podman and crun, or runc where it is called by that name.
//
// 1. Secret variables are in no file. Podman writes the description of a container to disk, in its database and in the
//    bundle's config.json, and crun copies that. So the description says only where the values are: the annotation
//    `wh.variables` names a link to a memory file of the agent (worker-agent/runtime/variables.hpp). At `create` a pipe
//    lies over config.json, in a mount namespace of our own: who reads it first, the runtime, gets the description with
//    the values; from then on, for crun's copy, it is the file on disk again.
// 2. crun 1.8 answers "cgroups in hybrid mode not supported" when it sees a cgroup2 file system at
// /sys/fs/cgroup/unified.
//    It works where it does not see one, so that mount is taken away in the same namespace; Podman and conmon stay in
//    the host's. Remove when Debian's crun supports hybrid mode.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kVariables = "wh.variables";
constexpr int kFailed = 125;
/// How long the pipe waits for the runtime, s.
constexpr unsigned kPatience = 60;

[[noreturn]] void fail(const std::string& what, const char* why) {
  std::fprintf(stderr, "wh-oci-runtime: %s: %s\n", what.c_str(), why);
  ::_exit(kFailed);
}
[[noreturn]] void fail(const std::string& what) {
  fail(what, std::strerror(errno));
}

std::string read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("open " + path);
  std::string text;
  char chunk[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read " + path);
    if (got == 0) break;
    text.append(chunk, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return text;
}

/// The bundle that is to be created; nothing for every other command.
std::optional<std::string> bundle_to_create(int argc, char** argv) {
  bool create = false;
  std::optional<std::string> bundle;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word(argv[at]);
    if (word == "create") create = true;
    if ((word == "--bundle" || word == "-b") && at + 1 < argc) bundle = argv[at + 1];
    if (word.starts_with("--bundle=")) bundle = std::string(word.substr(9));
  }
  return create ? bundle : std::nullopt;
}

/// The description with the values, which overrule what the image or Podman put there; nothing when it names none.
std::optional<std::string> with_variables(const std::string& description) {
  if (description.find(kVariables) == std::string::npos) return std::nullopt;
  auto document = Json::parse(description);
  const auto named = document["annotations"].find(kVariables);
  if (named == document["annotations"].end()) return std::nullopt;
  const auto values = Json::parse(read_file(named->get<std::string>()));
  Json environment = Json::array();
  for (const auto& entry : document["process"]["env"]) {
    const auto text = entry.get<std::string>();
    if (!values.contains(text.substr(0, text.find('=')))) environment.push_back(text);
  }
  for (const auto& [name, value] : values.items()) environment.push_back(name + "=" + value.get<std::string>());
  document["process"]["env"] = std::move(environment);
  return document.dump();
}

/// In a process of its own: hands `text` to the first who reads `file`, and uncovers the file before that one can be
/// done.
[[noreturn]] void hand_over(const std::string& file, const std::string& pipe, std::string_view text) {
  ::close_range(0, ~0U, 0);  // whoever started us must not wait for us
  ::alarm(kPatience);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0 || ::umount2(file.c_str(), MNT_DETACH) != 0) ::_exit(kFailed);
  ::unlink(pipe.c_str());
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno != EINTR) ::_exit(kFailed);
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  ::_exit(0);
}

void lay_over(const std::string& file, const std::string& text) {
  const std::string pipe = file + ".wh";
  ::unlink(pipe.c_str());
  if (::mkfifo(pipe.c_str(), 0600) != 0) fail("make " + pipe);
  if (::mount(pipe.c_str(), file.c_str(), nullptr, MS_BIND, nullptr) != 0) fail("mount " + pipe);
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) hand_over(file, pipe, text);
}

}  // namespace

int main(int argc, char** argv) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    fail("mount namespace");
  }
  ::umount2("/sys/fs/cgroup/unified", MNT_DETACH);
  if (const auto bundle = bundle_to_create(argc, argv)) {
    const std::string file = *bundle + "/config.json";
    try {
      if (const auto text = with_variables(read_file(file))) lay_over(file, *text);
    } catch (const Json::exception& damaged) {
      fail(file, "not as Podman writes it");  // the exception's words would hold values
    }
  }
  const bool runc = std::string_view(argv[0]).ends_with("runc");
  const char* program = runc ? "/usr/sbin/runc" : "/usr/bin/crun";
  char name[] = "crun";
  char other[] = "runc";
  argv[0] = runc ? other : name;
  ::execv(program, argv);
  fail(program);
}
