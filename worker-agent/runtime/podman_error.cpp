#include <array>

#include "common/json/json.hpp"
#include "worker-agent/runtime/podman.hpp"
#include "worker-agent/runtime/podman_json.hpp"

namespace runtime {
namespace {

struct Meaning {
  std::string_view piece;  ///< of Podman's own message
  base::ErrorKind kind;
  std::string_view code;
  std::string_view sentence;
};

// The first that fits. Podman 4.3 tells most failures with status 500, so the text has to be read.
constexpr std::array kMeanings = {
    Meaning{"no command or entrypoint provided", base::ErrorKind::invalid, "podman.no_command",
            "the image has no command: add CMD or ENTRYPOINT to the Containerfile"},
    Meaning{"address already in use", base::ErrorKind::conflict, "podman.port_in_use",
            "the port is in use by another program on the worker"},
    Meaning{"cannot listen on the TCP port", base::ErrorKind::conflict, "podman.port_in_use",
            "the port is in use by another program on the worker"},
    Meaning{"no space left on device", base::ErrorKind::unavailable, "podman.disk_full", "the worker's disk is full"},
    Meaning{
        "Exec format error", base::ErrorKind::invalid, "podman.no_program",
        "the image's program cannot run on this machine: it was built for another kind of processor, or is a script "
        "without a first line such as #!/bin/sh"},
    Meaning{
        "exec format error", base::ErrorKind::invalid, "podman.no_program",
        "the image's program cannot run on this machine: it was built for another kind of processor, or is a script "
        "without a first line such as #!/bin/sh"},
    Meaning{"container state improper", base::ErrorKind::conflict, "podman.not_now",
            "the container is just changing its state"},
    Meaning{"device or resource busy", base::ErrorKind::conflict, "podman.not_now",
            "Podman is still taking the container's file systems apart"},
    Meaning{"can only kill running containers", base::ErrorKind::conflict, "podman.not_now",
            "the container does not run"},
    Meaning{"that name is already in use", base::ErrorKind::conflict, "podman.name_taken",
            "there is a container of that name on the worker"},
    Meaning{"image not known", base::ErrorKind::not_found, "podman.not_found", "there is no such image on the worker"},
    Meaning{"no such image", base::ErrorKind::not_found, "podman.not_found", "there is no such image on the worker"},
    Meaning{"unable to find user", base::ErrorKind::invalid, "podman.no_user",
            "the image names a user that it does not contain: correct USER in the Containerfile"},
};

/// "executable file `x` not found" → x
std::string_view quoted_word(std::string_view text) {
  for (const char quote : {'`', '"', '\''}) {
    const auto start = text.find(quote);
    if (start == std::string_view::npos) continue;
    const auto end = text.find(quote, start + 1);
    if (end != std::string_view::npos) return text.substr(start + 1, end - start - 1);
  }
  return "";
}

base::Error missing_program(std::string_view message, std::string_view what) {
  const auto at = message.find("executable file");
  const auto name = quoted_word(at == std::string_view::npos ? message : message.substr(at));
  return base::Error(base::ErrorKind::invalid, "podman.no_program",
                     "the image's command " + (name.empty() ? std::string() : "'" + std::string(name) + "' ") +
                         std::string(what) + ": check CMD and ENTRYPOINT in the Containerfile");
}

}  // namespace

base::Error explain_podman_error(int status, std::string_view body) {
  const auto problem = json::decode<wire::Problem>(body, json::Unknown::ignore);
  const std::string message = problem ? problem->message : std::string(body.substr(0, 300));
  for (const auto& meaning : kMeanings) {
    if (message.find(meaning.piece) != std::string::npos) {
      return base::Error(meaning.kind, std::string(meaning.code), std::string(meaning.sentence));
    }
  }
  if (message.find("command that was not found") != std::string::npos)
    return missing_program(message, "does not exist in it");
  if (message.find("OCI permission denied") != std::string::npos)
    return missing_program(message, "may not be executed");
  if (status == 404 || message.find("no such ") != std::string::npos ||
      message.find("not found") != std::string::npos) {
    return base::Error(base::ErrorKind::not_found, "podman.not_found", message);
  }
  if (status == 409 || message.find("already in use") != std::string::npos ||
      message.find("is being used") != std::string::npos) {
    return base::Error(base::ErrorKind::conflict, "podman.conflict", message);
  }
  return base::Error(base::ErrorKind::unavailable, "podman.failed", "Podman: " + message);
}

}  // namespace runtime
