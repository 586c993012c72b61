#include "worker-agent/runtime/podman.hpp"

#include <algorithm>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <sstream>

#include "common/async/timer.hpp"
#include "common/http_client/client.hpp"
#include "common/json/json.hpp"
#include "worker-agent/host/id_ranges.hpp"
#include "worker-agent/runtime/call_gate.hpp"
#include "worker-agent/runtime/podman_json.hpp"

namespace runtime {
namespace {

constexpr int kCallsAtOnce = 4;
const std::string kRoot = "/v4.0.0/libpod";

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kDigits[byte >> 4U]);
      out.push_back(kDigits[byte & 15U]);
    }
  }
  return out;
}

ContainerStatus status_of(std::string_view text) {
  if (text == "running") return ContainerStatus::running;
  if (text == "exited" || text == "stopped") return ContainerStatus::exited;
  if (text == "created" || text == "initialized" || text == "configured") return ContainerStatus::created;
  return ContainerStatus::other;
}

template <class T>
base::Result<T> read_body(const http_client::Response& response) {
  auto value = json::decode<T>(response.body, json::Unknown::ignore);
  if (!value) {
    return base::fail(base::ErrorKind::unavailable, "podman.failed",
                      "Podman's answer was not understood: " + value.error().message);
  }
  return value;
}

wire::CreateContainer to_wire(ContainerSpec spec, const std::vector<std::string>& capabilities) {
  wire::CreateContainer body;
  body.name = std::move(spec.name);
  body.image = std::move(spec.image);
  if (!spec.command.empty()) body.command = std::move(spec.command);
  body.env = std::move(spec.env);
  body.labels = std::move(spec.labels);
  body.hostname = std::move(spec.hostname);
  body.cap_add = capabilities;
  body.cgroup_parent = std::move(spec.cgroup_parent);
  body.log.path = std::move(spec.log_path);
  body.log.size = spec.log_bytes;
  body.limits.memory = {.limit = spec.memory_bytes, .swap = spec.memory_bytes};
  body.limits.cpu.quota = spec.cpu_millis * 100;
  body.limits.pids.limit = spec.pids;
  body.networks[spec.network] = {};
  body.ports.push_back(
      {.host_ip = spec.publish.address, .host_port = spec.publish.port, .container_port = spec.publish.container_port});
  for (auto& volume : spec.volumes) body.volumes.push_back({volume.name, volume.path, {"nodev", "nosuid"}});
  if (!spec.dns_servers.empty()) body.dns_servers = std::move(spec.dns_servers);
  if (spec.read_only) {
    body.read_only = true;
    body.mounts.emplace();
    for (const auto* folder : {"/tmp", "/run", "/var/tmp"}) body.mounts->push_back({.destination = folder});
  }
  if (spec.first_id != 0) {
    const wire::IdRange range{.container_id = 0, .host_id = spec.first_id, .size = host::kIdsPerRange};
    body.user_namespace = wire::Namespace{"private"};
    body.id_mappings = wire::IdMappings{.users = {range}, .groups = {range}};
  }
  return body;
}

/// What ordinary images need, and no more: start as root and give files away (CHOWN, DAC_OVERRIDE, FOWNER), become
/// another user (SETUID, SETGID), signal that user's processes (KILL), listen below 1024 (NET_BIND_SERVICE). Left out
/// of Podman's usual set: NET_RAW (forged packets), MKNOD, SETFCAP, SETPCAP, FSETID, SYS_CHROOT, AUDIT_WRITE.
const std::vector<std::string> kCapabilities = {"CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FOWNER",          "CAP_SETGID",
                                                "CAP_SETUID", "CAP_KILL",         "CAP_NET_BIND_SERVICE"};

std::map<std::string, std::string> or_empty(std::optional<std::map<std::string, std::string>> labels) {
  return labels ? std::move(*labels) : std::map<std::string, std::string>{};
}

}  // namespace

struct Podman::State {
  State(boost::asio::any_io_executor executor, const std::string& socket, const base::Clock& clock)
      : gate(executor, kCallsAtOnce), client(executor, http_client::Endpoint::unix_socket(socket), clock) {}

  CallGate gate;
  http_client::Client client;

  /// Any answer below 400 is a value; all else becomes a sentence.
  static async::Task<base::Result<http_client::Response>> call(std::shared_ptr<State> self, std::string method,
                                                               std::string target, std::string body,
                                                               base::Deadline deadline) {
    const auto place = co_await self->gate.enter();
    http_client::Request request;
    request.method = std::move(method);
    request.target = kRoot + target;
    request.body = std::move(body);
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    auto response = co_await self->client.send(std::move(request), deadline);
    if (!response) {
      // Being cancelled is not an outcome: nobody may report a failed replica because the agent was stopped.
      const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
      if (cancellation.cancelled() != boost::asio::cancellation_type::none) {
        throw boost::system::system_error(boost::asio::error::operation_aborted);
      }
      co_return base::fail(base::ErrorKind::unavailable, "podman.unavailable",
                           "Podman does not answer: " + response.error().message);
    }
    if (response->status >= 400) co_return base::fail(explain_podman_error(response->status, response->body));
    co_return std::move(*response);
  }
};

Podman::Podman(boost::asio::any_io_executor executor, std::filesystem::path socket, const base::Clock& clock)
    : state_(std::make_shared<State>(std::move(executor), socket.string(), clock)) {}
Podman::~Podman() = default;

async::Task<bool> Podman::ping(base::Deadline deadline) {
  const auto answer = co_await State::call(state_, "GET", "/_ping", "", deadline);
  co_return answer.has_value();
}

async::Task<base::Result<std::string>> Podman::create(ContainerSpec spec, base::Deadline deadline) {
  auto body = json::encode(to_wire(std::move(spec), kCapabilities));
  CO_TRY_ASSIGN(const auto answer,
                co_await State::call(state_, "POST", "/containers/create", std::move(body), deadline));
  CO_TRY_ASSIGN(auto created, read_body<wire::Created>(answer));
  co_return std::move(created.id);
}

async::Task<base::Result<void>> Podman::start(std::string container, base::Deadline deadline) {
  CO_TRY_CHECK(
      co_await State::call(state_, "POST", "/containers/" + percent_encode(container) + "/start", "", deadline));
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Podman::kill(std::string container, std::string signal, base::Deadline deadline) {
  const auto answer = co_await State::call(
      state_, "POST", "/containers/" + percent_encode(container) + "/kill?signal=" + percent_encode(signal), "",
      deadline);
  if (!answer && answer.error().code != "podman.not_now" && answer.error().code != "podman.not_found") {
    co_return base::fail(answer.error());
  }
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Podman::remove(std::string container, base::Deadline deadline) {
  const auto target = "/containers/" + percent_encode(container) + "?force=true&v=true&timeout=0";
  for (int attempt = 1;; ++attempt) {
    const auto answer = co_await State::call(state_, "DELETE", target, "", deadline);
    if (answer || answer.error().code == "podman.not_found") co_return base::Result<void>{};
    // Podman 4.3 stumbles over a container that ends while it is being removed; a moment later it works.
    if (answer.error().code != "podman.not_now" || attempt == 10) co_return base::fail(answer.error());
    co_await async::sleep(std::chrono::milliseconds(50));
  }
}

async::Task<base::Result<ContainerInfo>> Podman::inspect(std::string container, base::Deadline deadline) {
  CO_TRY_ASSIGN(
      const auto answer,
      co_await State::call(state_, "GET", "/containers/" + percent_encode(container) + "/json", "", deadline));
  CO_TRY_ASSIGN(auto body, read_body<wire::Inspect>(answer));
  ContainerInfo info;
  info.id = std::move(body.id);
  info.name = std::move(body.name);
  info.status = status_of(body.state.status);
  info.pid = static_cast<pid_t>(body.state.pid);
  info.conmon_pid = static_cast<pid_t>(body.state.conmon_pid);
  info.exit_code = static_cast<int>(body.state.exit_code);
  info.out_of_memory = body.state.out_of_memory;
  info.started_at = std::move(body.state.started_at);
  info.labels = or_empty(std::move(body.config.labels));
  if (body.graph && body.graph->data && body.graph->data->contains("UpperDir")) {
    info.layer = body.graph->data->at("UpperDir");
  }
  co_return info;
}

async::Task<base::Result<std::vector<ContainerSummary>>> Podman::list(std::string label, std::string value,
                                                                      base::Deadline deadline) {
  const std::map<std::string, std::vector<std::string>> filters = {
      {"label", {value.empty() ? label : label + "=" + value}}};
  CO_TRY_ASSIGN(
      const auto answer,
      co_await State::call(state_, "GET", "/containers/json?all=true&filters=" + percent_encode(json::encode(filters)),
                           "", deadline));
  CO_TRY_ASSIGN(auto rows, read_body<std::vector<wire::Summary>>(answer));
  std::vector<ContainerSummary> found;
  for (auto& row : rows) {
    found.push_back({.id = std::move(row.id),
                     .name = row.names.empty() ? "" : row.names.front(),
                     .status = status_of(row.state),
                     .labels = or_empty(std::move(row.labels))});
  }
  co_return found;
}

async::Task<base::Result<bool>> Podman::image_exists(std::string image, base::Deadline deadline) {
  const auto answer = co_await State::call(state_, "GET", "/images/" + percent_encode(image) + "/exists", "", deadline);
  if (!answer && answer.error().code != "podman.not_found") co_return base::fail(answer.error());
  co_return answer.has_value();
}

async::Task<base::Result<void>> Podman::remove_image(std::string image, base::Deadline deadline) {
  const auto answer = co_await State::call(state_, "DELETE", "/images/" + percent_encode(image), "", deadline);
  if (!answer && answer.error().code != "podman.not_found") co_return base::fail(answer.error());
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Podman::create_network(NetworkSpec spec, base::Deadline deadline) {
  const wire::Network body{
      .name = std::move(spec.name), .bridge = std::move(spec.bridge), .labels = std::move(spec.labels)};
  auto text = json::encode(body);
  const auto answer = co_await State::call(state_, "POST", "/networks/create", std::move(text), deadline);
  if (!answer && answer.error().code != "podman.conflict") co_return base::fail(answer.error());
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Podman::remove_network(std::string name, base::Deadline deadline) {
  const auto answer = co_await State::call(state_, "DELETE", "/networks/" + percent_encode(name), "", deadline);
  if (!answer && answer.error().code != "podman.not_found") co_return base::fail(answer.error());
  co_return base::Result<void>{};
}

async::Task<base::Result<std::vector<NetworkInfo>>> Podman::networks(base::Deadline deadline) {
  CO_TRY_ASSIGN(const auto answer, co_await State::call(state_, "GET", "/networks/json", "", deadline));
  CO_TRY_ASSIGN(auto rows, read_body<std::vector<wire::Network>>(answer));
  std::vector<NetworkInfo> found;
  for (auto& row : rows) found.push_back({std::move(row.name), std::move(row.bridge), or_empty(std::move(row.labels))});
  co_return found;
}

async::Task<base::Result<std::vector<ContainerEvent>>> Podman::events(std::int64_t since, base::Deadline deadline) {
  const std::map<std::string, std::vector<std::string>> filters = {{"type", {"container"}}};
  CO_TRY_ASSIGN(const auto answer, co_await State::call(state_, "GET",
                                                        "/events?stream=false&since=" + std::to_string(since) +
                                                            "&filters=" + percent_encode(json::encode(filters)),
                                                        "", deadline));
  std::vector<ContainerEvent> found;
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    auto event = json::decode<wire::Event>(line, json::Unknown::ignore);
    if (event) found.push_back({std::move(event->actor.id), std::move(event->action), event->at});
  }
  co_return found;
}

}  // namespace runtime
