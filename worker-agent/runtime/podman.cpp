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
#include "worker-agent/runtime/call_gate.hpp"
#include "worker-agent/runtime/container_body.hpp"
#include "worker-agent/runtime/podman_json.hpp"

namespace runtime {
namespace {

constexpr int kCallsAtOnce = 4;
constexpr std::size_t kKnownImages = 1'000;
constexpr std::size_t kMostImageEnv = 128 * 1024;  // what Linux lets a program have is 2 MB
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
  if (text == "storage") return ContainerStatus::half_made;
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

/// `3` or `"SIGQUIT"`, as Podman's version writes it.
std::string signal_named(std::string text) {
  std::erase(text, '"');
  return text.empty() || text == "0" || text == "null" ? "SIGTERM" : text;
}

std::map<std::string, std::string> or_empty(std::optional<std::map<std::string, std::string>> labels) {
  return labels ? std::move(*labels) : std::map<std::string, std::string>{};
}

}  // namespace

struct Podman::State {
  State(boost::asio::any_io_executor executor, const std::string& socket, const base::Clock& clock)
      : gate(executor, kCallsAtOnce), client(executor, http_client::Endpoint::unix_socket(socket), clock) {}

  CallGate gate;
  http_client::Client client;
  std::map<std::string, ImageDefaults> images;

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

  static async::Task<base::Result<std::vector<ContainerSummary>>> containers(std::shared_ptr<State> self,
                                                                             std::string query,
                                                                             base::Deadline deadline) {
    CO_TRY_ASSIGN(const auto answer, co_await call(self, "GET", "/containers/json?all=true" + query, "", deadline));
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

  /// Asked once for each image that is named by digest: what it is does not change.
  static async::Task<base::Result<ImageDefaults>> defaults_of(std::shared_ptr<State> self, std::string image,
                                                              base::Deadline deadline) {
    if (const auto known = self->images.find(image); known != self->images.end()) co_return known->second;
    CO_TRY_ASSIGN(const auto answer,
                  co_await call(self, "GET", "/images/" + percent_encode(image) + "/json", "", deadline));
    CO_TRY_ASSIGN(auto body, read_body<wire::InspectImage>(answer));
    ImageDefaults defaults{.user = body.user.value_or(""), .env = {}};
    if (body.config && body.config->env) defaults.env = std::move(*body.config->env);
    std::size_t bytes = 0;
    for (const auto& entry : defaults.env) bytes += entry.size();
    if (bytes > kMostImageEnv) {
      co_return base::fail(base::ErrorKind::invalid, "image.env",
                           "the image's variables (ENV) are larger than 128 KiB together");
    }
    if (self->images.size() >= kKnownImages) self->images.clear();
    if (image.contains("@sha256:")) self->images.emplace(std::move(image), defaults);
    co_return defaults;
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
  CO_TRY_ASSIGN(const auto defaults, co_await State::defaults_of(state_, spec.image, deadline));
  auto body = container_body(std::move(spec), defaults);
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

async::Task<base::Result<void>> Podman::ask_to_stop(std::string container, base::Deadline deadline) {
  const auto info = co_await inspect(container, deadline);
  co_return co_await kill(std::move(container), info ? info->stop_signal : "SIGTERM", deadline);
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
  if (body.config.stop_signal) info.stop_signal = signal_named(body.config.stop_signal->text);
  if (body.graph && body.graph->data && body.graph->data->contains("UpperDir")) {
    info.layer = body.graph->data->at("UpperDir");
  }
  if (body.network) info.sandbox = std::move(body.network->sandbox);
  co_return info;
}

async::Task<base::Result<std::vector<ContainerSummary>>> Podman::list(std::string label, std::string value,
                                                                      base::Deadline deadline) {
  const std::map<std::string, std::vector<std::string>> filters = {
      {"label", {value.empty() ? label : label + "=" + value}}};
  auto query = "&filters=" + percent_encode(json::encode(filters));
  co_return co_await State::containers(state_, std::move(query), deadline);
}

async::Task<base::Result<std::vector<ContainerSummary>>> Podman::half_made(base::Deadline deadline) {
  CO_TRY_ASSIGN(auto found, co_await State::containers(state_, "&external=true", deadline));
  std::erase_if(found, [](const ContainerSummary& one) { return one.status != ContainerStatus::half_made; });
  co_return found;
}

async::Task<base::Result<bool>> Podman::image_exists(std::string image, base::Deadline deadline) {
  const auto answer = co_await State::call(state_, "GET", "/images/" + percent_encode(image) + "/exists", "", deadline);
  if (!answer && answer.error().code != "podman.not_found") co_return base::fail(answer.error());
  co_return answer.has_value();
}

async::Task<base::Result<std::vector<StoredImage>>> Podman::images(base::Deadline deadline) {
  CO_TRY_ASSIGN(const auto answer, co_await State::call(state_, "GET", "/images/json", "", deadline));
  CO_TRY_ASSIGN(auto rows, read_body<std::vector<wire::Image>>(answer));
  std::vector<StoredImage> found;
  for (auto& row : rows) {
    if (row.names)
      found.push_back({.names = std::move(*row.names), .built_at = row.created, .containers = row.containers});
  }
  co_return found;
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
