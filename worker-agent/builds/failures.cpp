#include "worker-agent/builds/failures.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "worker-agent/builds/build_log.hpp"
#include "worker-agent/builds/commands.hpp"

namespace builds {
namespace {

constexpr std::size_t kNearNames = 5;
constexpr int kOutOfMemoryKill = 137;
constexpr int kNoSuchProgram = 127;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

template <class... Parts>
bool has_any(std::string_view text, Parts... parts) {
  return (has(text, parts) || ...);
}

agent::JobError error(std::string code, std::string message, std::string step, std::optional<int> exit_code = {}) {
  return agent::JobError{
      .code = std::move(code), .message = std::move(message), .step = std::move(step), .exit_code = exit_code};
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20U) + " MiB";
}

/// What the limits ended, whatever the tool.
std::optional<agent::JobError> explain_limits(const FailureInput& input, const std::string& step) {
  const auto& report = input.end.report;
  if (input.end.timed_out) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(input.timeout).count();
    const std::string limit =
        minutes > 0 ? std::to_string(minutes) + " minutes" : std::to_string(input.timeout.count()) + " seconds";
    return error(step + ".timeout",
                 "The " + step + " step was stopped: the build took longer than its limit of " + limit + ".", step);
  }
  if (report.end == jail::Report::End::disk_full || has(input.output, "no space left on device")) {
    return error(step + ".no_space",
                 "The build ran out of disk space; make the image smaller or raise the app's disk limit.", step);
  }
  if (report.oom_kills > 0) {
    return error(step + ".out_of_memory",
                 "The build was killed because it used more than its memory limit of " + mebibytes(input.memory_bytes) +
                     "; use less memory or raise the limit.",
                 step, kOutOfMemoryKill);
  }
  if (has_any(input.output, "File size limit exceeded", ": file too large")) {
    return error(step + ".no_space", "The build wrote a file larger than its disk limit.", step);
  }
  return std::nullopt;
}

/// The number behind the last `marker` in `text`.
std::optional<int> number_after(std::string_view text, std::string_view marker) {
  const auto at = text.rfind(marker);
  if (at == std::string_view::npos) return std::nullopt;
  int value = 0;
  const char* begin = text.data() + at + marker.size();
  const auto [end, failed] = std::from_chars(begin, text.data() + text.size(), value);
  if (failed != std::errc{} || end == begin) return std::nullopt;
  return value;
}

/// What stands behind the last "Error:", "fatal:" or (skopeo without a terminal) `level=fatal msg="`.
std::string last_complaint(std::string_view output) {
  constexpr std::string_view kQuoted = "level=fatal msg=\"";
  std::size_t best = std::string_view::npos;
  std::size_t length = 0;
  for (const std::string_view word : {std::string_view("Error: "), std::string_view("error: "),
                                      std::string_view("fatal: "), std::string_view("FATA"), kQuoted}) {
    const auto at = output.rfind(word);
    if (at != std::string_view::npos && (best == std::string_view::npos || at > best)) {
      best = at;
      length = word == "FATA" ? 0 : word.size();
    }
  }
  if (best == std::string_view::npos) return {};
  std::string_view rest = output.substr(best + length);
  rest = rest.substr(0, rest.find('\n'));
  if (length == kQuoted.size() && rest.ends_with('"')) rest.remove_suffix(1);
  return printable_utf8(rest.substr(0, 500));
}

/// What stands behind `building at STEP "` in podman's complaint.
std::string_view from_failing_step(std::string_view output) {
  constexpr std::string_view kMark = "building at STEP \"";
  const auto at = output.rfind(kMark);
  return at == std::string_view::npos ? std::string_view() : output.substr(at + kMark.size());
}

/// `STEP "RUN …"` of podman's complaint.
std::string failing_step(std::string_view output) {
  const std::string_view rest = from_failing_step(output);
  return printable_utf8(rest.substr(0, std::min(rest.find("\": "), std::size_t{200})));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

/// Which of an app's commands failed, and how: told by the exit code, for podman's line may be cut.
std::optional<agent::JobError> explain_command(const FailureInput& input) {
  if (has(input.output, "fork/exec /bin/sh: no such file")) {
    return error("build.no_shell",
                 "The image has no /bin/sh that could run the commands; name another one in the app's settings.",
                 "build");
  }
  const auto name = command_of_step(from_failing_step(input.output));
  if (!name) return std::nullopt;
  const int code = input.end.report.exit_code;
  const bool install = name->starts_with("install");
  const bool forks = input.end.report.pids_refused > 0;
  std::string message = "The " + *name + " failed with exit code " + std::to_string(code);
  if (forks) {
    message += "; it hit the limit of " + std::to_string(input.pids) + " processes.";
  } else if (code == kNoSuchProgram) {
    message += ": a program that it names is not in the image.";
  } else {
    message += "; its last lines say why.";
  }
  if (forks) return error("build.too_many_processes", std::move(message), "build", code);
  return error(install ? "build.install_failed" : "build.command_failed", std::move(message), "build", code);
}

}  // namespace

bool says_no_such_ref(std::string_view output) {
  return has_any(output, "couldn't find remote ref", "Could not find remote branch", "not our ref",
                 "no such remote ref");
}

bool says_cannot_be_shallow(std::string_view output) {
  return has_any(output, "does not support shallow", "Server does not allow request for unadvertised object",
                 "not our ref", "dumb http transport", "unable to find remote helper for");
}

agent::JobError explain_fetch(const FailureInput& input, const std::string& url) {
  if (auto limit = explain_limits(input, "source")) return std::move(*limit);
  const std::string_view out = input.output;
  if (has_any(out, "could not read Username", "could not read Password", "Authentication failed", "error: 401",
              "error: 403", "Permission denied (publickey")) {
    return error(
        "source.needs_sign_in",
        "The repository " + url + " is private or does not exist; check the URL, or link an account that can read it.",
        "source");
  }
  if (has_any(out, "error: 404", "not found", "does not appear to be a git repository",
              "not valid: is this a git repository", "Repository not found")) {
    return error("source.repository_not_found", "There is no git repository at " + url + "; check the URL.", "source");
  }
  if (has_any(out, "error: 301", "error: 302", "error: 303", "error: 307", "error: 308",
              "unable to update url base from redirection")) {
    return error(
        "source.redirected",
        "The server redirects " + url + " to another place; use the repository's final URL (often it ends with .git).",
        "source");
  }
  if (has_any(out, "Could not resolve host", "Could not resolve hostname")) {
    return error("source.host_not_found", "The host of " + url + " was not found; check the spelling of the git URL.",
                 "source");
  }
  if (has_any(out, "SSL certificate problem", "server certificate verification failed", "gnutls_handshake")) {
    return error("source.tls", "The certificate of the host of " + url + " is not trusted.", "source");
  }
  if (has_any(out, "Connection refused", "Failed to connect", "Couldn't connect", "Connection timed out",
              "Operation too slow", "No route to host")) {
    return error("source.host_unreachable",
                 "The host of " + url + " does not answer; try again, or check its address and port.", "source");
  }
  const std::string complaint = last_complaint(out);
  return error("source.failed",
               "The source could not be fetched" + (complaint.empty() ? std::string(".") : ": " + complaint), "source");
}

agent::JobError explain_build(const FailureInput& input) {
  if (auto limit = explain_limits(input, "build")) return std::move(*limit);
  if (input.commands) {
    if (auto command = explain_command(input)) return std::move(*command);
  }
  const std::string_view out = input.output;
  const std::string complaint = last_complaint(out);
  const std::string step = failing_step(out);
  const auto status = number_after(out, "exit status ");
  if (!step.empty() && status) {
    const bool forks = input.end.report.pids_refused > 0;
    return error(forks ? "build.too_many_processes" : "build.step_failed",
                 "The step '" + step + "' failed with exit code " + std::to_string(*status) +
                     (forks ? "; it hit the limit of " + std::to_string(input.pids) + " processes."
                            : "; its last lines say why."),
                 "build", status);
  }
  if (has_any(complaint, "nknown instruction", "dockerfile parse error", "Syntax error", "syntax error",
              "requires at least", "requires exactly", "no build stage in current context", "file with no instructions",
              "no FROM statement found", "unterminated", "unknown flag")) {
    return error("build.containerfile_invalid", "The Containerfile has an error: " + complaint, "build");
  }
  if (has_any(complaint, "initializing source docker://", "error creating build container",
              "creating build container")) {
    return error("build.base_image", "A base image could not be fetched: " + complaint, "build");
  }
  return error("build.failed",
               "The image could not be built" + (complaint.empty() ? std::string(".") : ": " + complaint), "build",
               input.end.report.exit_code);
}

agent::JobError explain_copy(const FailureInput& input, const std::string& step) {
  if (auto limit = explain_limits(input, step)) return std::move(*limit);
  const std::string_view out = input.output;
  if (has_any(out, "unauthorized", "authentication required", "denied")) {
    return error(step + ".refused", "The registry refused the token of this build; deploy again.", step);
  }
  if (has_any(out, "connection refused", "no route to host", "i/o timeout", "network is unreachable",
              "connection reset by peer", "broken pipe", ": EOF", "unexpected EOF",
              // It is being cleaned (read-only), or was while this copy counted on a layer that was there before.
              "operation is unsupported", "blob unknown", "StatusCode: 405", "service unavailable",
              // It was started anew in the middle of an upload, whose state is gone.
              "blob upload invalid", "blob upload unknown")) {
    return error(step + ".registry_unreachable",
                 "The registry does not answer; it is started again by itself, deploy again in a moment.", step);
  }
  if (step == "build" && has(out, "manifest unknown")) {
    return error("build.base_image", "The base image is not in the registry.", step);
  }
  const std::string complaint = last_complaint(out);
  return error(step + ".failed",
               "The image could not be copied" + (complaint.empty() ? std::string(".") : ": " + complaint), step,
               input.end.report.exit_code);
}

std::vector<std::string> near_names(const std::string& wanted, std::vector<std::string> names) {
  constexpr std::size_t kCompared = 64;
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (auto& name : names) {
    const bool part = has(name, wanted) || has(wanted, name);
    const std::size_t distance =
        edit_distance(wanted.substr(0, kCompared), std::string_view(name).substr(0, kCompared));
    ranked.emplace_back(part ? distance / 4 : distance, std::move(name));
  }
  std::ranges::sort(ranked);
  std::vector<std::string> out;
  for (auto& [distance, name] : ranked) {
    if (out.size() == kNearNames) break;
    out.push_back(std::move(name));
  }
  return out;
}

}  // namespace builds
