#include "worker-agent/builds/source.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "common/text/git_source.hpp"
#include "worker-agent/builds/addresses.hpp"
#include "worker-agent/builds/deep_tree.hpp"
#include "worker-agent/builds/failures.hpp"
#include "worker-agent/builds/source_tree.hpp"

namespace builds {
namespace {

constexpr const char* kGit = "/usr/bin/git";
constexpr const char* kStep = "source";
constexpr std::size_t kMessage = 200;
constexpr std::size_t kListing = 4 * 1024 * 1024;

/// One fetch: where from, which address was checked, what is asked for.
struct Order {
  std::string url;
  std::string pin;
  std::string branch;
  std::optional<std::string> commit;
};

std::string pin_for(const text::GitUrl& url, const std::string& address) {
  if (url.host == address) return "";
  const bool six = address.find(':') != std::string::npos;
  return url.host + ":" + std::to_string(url.effective_port()) + ":" + (six ? "[" + address + "]" : address);
}

jail::Options git_jail(const Workshop& shop, const Order& order, const std::vector<std::string>& command,
                       bool network) {
  jail::Options out = plain_jail(shop);
  out.network.mode = network ? jail::NetworkMode::host : jail::NetworkMode::none;
  if (network) out.network.resolvers = shop.host_resolvers;
  out.env = {{"GIT_TERMINAL_PROMPT", "0"},
             {"GIT_CONFIG_NOSYSTEM", "1"},
             {"GIT_CONFIG_GLOBAL", "/dev/null"},
             {"GIT_ALLOW_PROTOCOL", "https:http"},
             {"GIT_OPTIONAL_LOCKS", "0"}};
  out.command = git_arguments(order.pin, command);
  out.command.insert(out.command.begin(), kGit);
  return out;
}

async::Task<StepResult<JailEnd>> git(Workshop& shop, const Order& order, std::vector<std::string> command,
                                     bool network) {
  auto options = git_jail(shop, order, command, network);
  STEP_ASSIGN(const JailEnd end, co_await run_logged(shop, std::move(options)), kStep);
  co_return end;
}

/// At most `kListing` bytes of output, which do not go into the log as they come.
OutputSink kept_in(std::string& out) {
  return [&out](std::string_view bytes) { out.append(bytes.substr(0, kListing - std::min(kListing, out.size()))); };
}

/// Runs git for its output, which does not belong into the log.
async::Task<StepResult<std::string>> git_output(Workshop& shop, const Order& order, std::vector<std::string> command,
                                                bool network) {
  auto options = git_jail(shop, order, command, network);
  std::string out;
  STEP_ASSIGN(const JailEnd end,
              co_await run_in_jail(shop.jail_program, std::move(options), {}, kept_in(out), shop.deadline), kStep);
  if (!end.ok()) {
    FailureInput input = failure_input(shop, end);
    input.output = out;
    co_return std::unexpected(explain_fetch(input, order.url));
  }
  co_return out;
}

std::vector<std::string> fetch_command(const Order& order, bool shallow, bool by_commit) {
  std::vector<std::string> command = {"fetch", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"};
  if (shallow) command.insert(command.end(), {"--depth", "1"});
  command.insert(command.end(), {"--", order.url});
  const std::string what = by_commit ? *order.commit : "refs/heads/" + order.branch;
  command.push_back("+" + what + ":refs/heads/fetched");
  return command;
}

std::vector<std::string> branch_names(const std::string& listing) {
  constexpr std::string_view kHeads = "\trefs/heads/";
  std::vector<std::string> out;
  for (auto at = listing.find(kHeads); at != std::string::npos; at = listing.find(kHeads, at + 1)) {
    const auto begin = at + kHeads.size();
    out.push_back(listing.substr(begin, listing.find('\n', begin) - begin));
  }
  return out;
}

async::Task<StepError> no_such_branch(Workshop& shop, const Order& order) {
  StepError error{.code = "source.branch_not_found",
                  .message = "The repository has no branch '" + order.branch + "'",
                  .step = kStep,
                  .exit_code = {}};
  const auto listing = co_await git_output(shop, order, {"ls-remote", "--heads", "--", order.url}, true);
  std::string near;
  if (listing) {
    for (const auto& name : near_names(order.branch, branch_names(*listing)))
      near += (near.empty() ? "" : ", ") + printable_utf8(name);
  }
  error.message += near.empty() ? "; it is empty, push a commit first."
                                : "; it has: " + near + ". Correct the branch in the app's settings.";
  co_return error;
}

async::Task<StepError> fetch_failed(Workshop& shop, const Order& order, const JailEnd& end) {
  if (end.report.end == jail::Report::End::exited && says_no_such_ref(shop.log.text_since_mark())) {
    co_return co_await no_such_branch(shop, order);
  }
  co_return explain_fetch(failure_input(shop, end), order.url);
}

/// The one commit, or the branch's newest, with as little history as the server can do. What git says of a server that
/// cannot do the least is no mistake of anybody, and does not belong into the log.
async::Task<StepResult<void>> fetch_objects(Workshop& shop, const Order& order) {
  std::string said;
  auto options = git_jail(shop, order, fetch_command(order, true, order.commit.has_value()), true);
  STEP_ASSIGN(const JailEnd first,
              co_await run_in_jail(shop.jail_program, std::move(options), {}, kept_in(said), shop.deadline), kStep);
  const bool exited = first.report.end == jail::Report::End::exited && !first.timed_out;
  const bool other_way =
      !first.ok() && exited && (says_cannot_be_shallow(said) || (order.commit && says_no_such_ref(said)));
  if (!other_way) {
    shop.log.mark();
    shop.log.output(said);
    shop.log.flush();
    if (first.ok()) co_return StepResult<void>{};
    co_return std::unexpected(co_await fetch_failed(shop, order, first));
  }
  shop.log.heading("The server cannot send this commit alone; fetching the branch " + order.branch);
  auto second = co_await git(shop, order, fetch_command(order, false, false), true);
  if (!second) co_return std::unexpected(std::move(second).error());
  if (!second->ok()) co_return std::unexpected(co_await fetch_failed(shop, order, *second));
  co_return StepResult<void>{};
}

async::Task<StepResult<std::string>> resolve_commit(Workshop& shop, const Order& order) {
  const std::string wanted = order.commit.value_or("refs/heads/fetched");
  auto resolved = co_await git_output(
      shop, order, {"rev-parse", "--verify", "--quiet", "--end-of-options", wanted + "^{commit}"}, false);
  if (!resolved) {
    if (!order.commit) co_return std::unexpected(std::move(resolved).error());
    co_return std::unexpected(
        StepError{.code = "source.commit_not_found",
                  .message = "The commit " + *order.commit + " is not on the branch '" + order.branch + "'.",
                  .step = kStep,
                  .exit_code = {}});
  }
  while (!resolved->empty() && resolved->back() == '\n') resolved->pop_back();
  if (auto checked = text::check_commit(*resolved); !checked) {
    co_return std::unexpected(step_error(std::move(checked).error(), kStep));
  }
  co_return std::move(*resolved);
}

/// Counts a commit's tree as `git ls-tree --long` tells it, and throws once it is over a limit: a few kilobytes of
/// objects can name more files, more bytes, and deeper folders, than any disk holds.
class TreeMeter {
 public:
  struct Over {
    base::Error error;
  };
  void take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\0') {
        if (line_.size() < kLine) line_ += c;
        if (c == '/' && ++slashes_ > limits_.levels) throw Over{tree_too_deep(limits_)};
        continue;
      }
      count_line();
      line_.clear();
      slashes_ = 0;
    }
  }

 private:
  static constexpr std::size_t kLine = 128;  // the size stands before the name

  /// `100644 blob <id>    <size>\t<name>`
  void count_line() {
    const auto tab = std::min(line_.find('\t'), line_.size());
    const auto space = line_.rfind(' ', tab);
    std::uint64_t size = 0;  // a submodule has none: `-`
    if (space != std::string::npos) std::from_chars(line_.data() + space + 1, line_.data() + tab, size);
    bytes_ += std::min(size, limits_.bytes + 1);
    if (++files_ > limits_.files || bytes_ > limits_.bytes) throw Over{tree_too_large(limits_)};
  }

  TreeLimits limits_;
  std::string line_;
  std::uint64_t slashes_{0};
  std::uint64_t files_{0};
  std::uint64_t bytes_{0};
};

/// Refuses a commit that is too large or too deep before any of it is written.
async::Task<StepResult<void>> measure(Workshop& shop, const Order& order, const std::string& commit) {
  auto options = git_jail(shop, order, {"ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--"}, false);
  TreeMeter meter;
  OutputSink sink = [&meter](std::string_view bytes) { meter.take(bytes); };
  try {
    STEP_ASSIGN(const JailEnd end,
                co_await run_in_jail(shop.jail_program, std::move(options), {}, std::move(sink), shop.deadline), kStep);
    if (end.ok()) co_return StepResult<void>{};
    co_return std::unexpected(explain_fetch(failure_input(shop, end), order.url));
  } catch (const TreeMeter::Over& over) {
    co_return std::unexpected(step_error(over.error, kStep));
  }
}

/// Time and subject of the commit.
async::Task<StepResult<std::pair<std::int64_t, std::string>>> describe(Workshop& shop, const Order& order,
                                                                       const std::string& commit) {
  STEP_ASSIGN(
      const std::string text,
      co_await git_output(shop, order, {"show", "-s", "--encoding=UTF-8", "--format=%ct%n%s", commit, "--"}, false),
      kStep);
  std::int64_t seconds = 0;
  const auto newline = std::min(text.find('\n'), text.size());
  std::from_chars(text.data(), text.data() + newline, seconds);
  std::string subject = newline < text.size() ? text.substr(newline + 1) : "";
  subject = subject.substr(0, std::min(subject.find('\n'), kMessage));
  co_return std::pair{seconds, printable_utf8(subject)};
}

}  // namespace

std::vector<std::string> git_arguments(const std::string& pin, const std::vector<std::string>& command) {
  std::vector<std::string> out;
  for (const char* setting : {"protocol.allow=never",
                              "protocol.https.allow=always",
                              "protocol.http.allow=always",
                              "protocol.file.allow=never",
                              "core.hooksPath=/dev/null",
                              "core.symlinks=true",
                              "core.protectHFS=true",
                              "core.protectNTFS=true",
                              "core.fsmonitor=false",
                              "http.followRedirects=false",
                              "http.proxy=",
                              "http.lowSpeedLimit=1000",
                              "http.lowSpeedTime=60",
                              "credential.helper=",
                              "submodule.recurse=false",
                              "fetch.writeCommitGraph=false",
                              "gc.auto=0",
                              "maintenance.auto=false",
                              "advice.detachedHead=false",
                              "init.defaultBranch=unborn"}) {
    out.insert(out.end(), {"-c", setting});
  }
  if (!pin.empty()) out.insert(out.end(), {"-c", "http.curloptResolve=" + pin});
  out.insert(out.end(), {"-C", "/job/src"});
  out.insert(out.end(), command.begin(), command.end());
  return out;
}

async::Task<StepResult<Source>> fetch_source(Workshop& shop) {
  const SourceSpec& spec = shop.spec.source;
  STEP_ASSIGN(const text::GitUrl url, text::parse_git_url(spec.git_url), kStep);
  if (url.scheme == text::GitUrl::Scheme::ssh) {
    co_return std::unexpected(
        StepError{.code = "source.ssh_refused",
                  .message = "This worker fetches over https and http; use the repository's https:// URL.",
                  .step = kStep,
                  .exit_code = {}});
  }
  STEP_ASSIGN(const std::string address,
              co_await resolve_checked(url.host, shop.spec.allow_private_sources, shop.deadline), kStep);
  const Order order{.url = url.to_string(), .pin = pin_for(url, address), .branch = spec.branch, .commit = spec.commit};
  STEP_ASSIGN(const JailEnd made, co_await git(shop, order, {"init", "--quiet", "--template="}, false), kStep);
  if (!made.ok()) co_return std::unexpected(explain_fetch(failure_input(shop, made), order.url));
  if (auto fetched = co_await fetch_objects(shop, order); !fetched)
    co_return std::unexpected(std::move(fetched).error());
  STEP_ASSIGN(const std::string commit, co_await resolve_commit(shop, order), kStep);
  if (auto measured = co_await measure(shop, order, commit); !measured)
    co_return std::unexpected(std::move(measured).error());
  STEP_ASSIGN(const JailEnd out,
              co_await git(shop, order, {"checkout", "--quiet", "--force", "--detach", commit, "--"}, false), kStep);
  if (!out.ok()) co_return std::unexpected(explain_fetch(failure_input(shop, out), order.url));
  STEP_ASSIGN(const auto about, co_await describe(shop, order, commit), kStep);
  const std::filesystem::path root = shop.source();
  const auto settle = [root, seconds = about.first]() -> base::Result<void> {
    blocking_remove_tree(root / ".git");
    return blocking_settle_tree(root, seconds);
  };
  if (auto settled = co_await shop.pool.run(settle); !settled)
    co_return std::unexpected(step_error(std::move(settled).error(), kStep));
  co_return Source{.commit = commit, .message = about.second};
}

}  // namespace builds
