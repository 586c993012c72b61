#pragma once

#include <gmock/gmock.h>

#include <future>

#include "common/base/failure.hpp"
#include "common/http_client/client.hpp"
#include "common/http_client/websocket.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {

using http_client::Headers;

inline constexpr std::chrono::milliseconds kShort{300};
inline const std::string kLogs = "/api/v1/orgs/default/apps/hello/logs";

inline std::string line(char letter, const std::string& text) {
  return "2026-11-21T11:14:47.531443128Z " + std::string(1, letter) + " " + text + "\n";
}
inline std::string out(const std::string& text) {
  return line('O', text);
}
inline std::string place(std::uint64_t offset) {
  return line('J', std::to_string(offset));
}

/// An event as a client of the stream sees it.
struct Event {
  std::string name;
  std::string id;
  std::string data;
};

/// A client of the event stream, read on demand.
class Follower {
 public:
  Follower(World& world, std::uint16_t port, const std::string& target, Headers headers)
      : world_(world), client_(world.server.executor(), http_client::Endpoint::tcp("127.0.0.1", port), world.clock) {
    http_client::Request request{.method = "GET", .target = target, .headers = std::move(headers), .body = {}};
    auto opened = world_.server.run(client_.open(std::move(request), world_.server.soon()));
    if (!opened) throw base::Failure("the stream did not open: " + opened.error().message);
    stream_ = *std::move(opened);
  }
  ~Follower() { world_.server.run(drop(std::move(stream_))); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  int status() const { return stream_->status(); }
  /// The next event of this name; others are passed over.
  Event next(const std::string& name) {
    for (;;) {
      const auto end = text_.find("\n\n");
      if (end != std::string::npos) {
        const auto event = parse(text_.substr(0, end + 1));
        text_.erase(0, end + 2);
        if (event.name == name) return event;
        continue;
      }
      auto more = world_.server.run(stream_->read_some(world_.server.soon()));
      if (!more || more->empty()) throw base::Failure("the stream ended before " + name);
      text_ += *more;
    }
  }

 private:
  static async::Task<void> drop(std::unique_ptr<http_client::ResponseStream> stream) {
    stream.reset();
    co_return;
  }
  static Event parse(const std::string& block) {
    Event event;
    for (std::size_t at = 0; at < block.size();) {
      const auto end = block.find('\n', at);
      const auto text = block.substr(at, end - at);
      if (text.starts_with("event: ")) event.name = text.substr(7);
      if (text.starts_with("id: ")) event.id = text.substr(4);
      if (text.starts_with("data: ")) event.data += text.substr(6);
      at = end + 1;
    }
    return event;
  }

  World& world_;
  http_client::Client client_;
  std::unique_ptr<http_client::ResponseStream> stream_;
  std::string text_;
};

/// An app that is live on a worker whose log the test plays.
struct RuntimeLogsTest : testing::Test {
  RuntimeLogsTest()
      : api({.routes = &table,
             .pool = &world.pool,
             .doors = world.modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit = [](Tx&, const auth::Call&, const std::string&, const api::Effect&) {}}) {
    world.modules.scheduling_routes.worker_patience = kShort;
    world.modules.add_api_routes(api);
    port = world.server.listen(std::move(table));
    world.create_app("hello");
    agent.emplace(world, worker, Agent::Behaviour{.converge = true, .build = true});
    agent->greet();
    world.wait_for_state(world.deploy("hello").id, deployments::State::live);
    replica = world.database.value("SELECT id FROM replicas");
  }

  Headers headers(Headers more = {}) const {
    more.emplace_back("Cookie", "wh_session=" + world.session_token);
    more.emplace_back("X-WH-CSRF", "1");  // a program, no page
    return more;
  }
  http_client::Response ask(const std::string& target, Headers with) {
    http_client::Client client(world.server.executor(), http_client::Endpoint::tcp("127.0.0.1", port), world.clock);
    http_client::Request request{.method = "GET", .target = target, .headers = std::move(with), .body = {}};
    auto answer = world.server.run(client.send(std::move(request), world.server.soon()));
    if (!answer) throw base::Failure("no answer: " + answer.error().message);
    return *std::move(answer);
  }
  http_client::Response ask(const std::string& target) { return ask(target, headers()); }
  /// The same while the test plays the worker.
  std::future<http_client::Response> asking(const std::string& target) {
    return std::async(std::launch::async, [this, target] { return ask(target); });
  }
  std::unique_ptr<Follower> follow(const std::string& query = "", Headers more = {}) {
    return std::make_unique<Follower>(world, port, kLogs + "/stream" + query, headers(std::move(more)));
  }

  /// The worker is asked for a log.
  protocol::StreamOpen opened() {
    const auto envelope = agent->expect("stream.open");
    last_open = envelope.id;
    sent = 0;
    return json::decode<protocol::StreamOpen>(envelope.data, json::Unknown::reject).value();
  }
  void say(const protocol::StreamOpen& open, const std::string& bytes) {
    agent->send(protocol::StreamData{.stream = open.stream, .offset = sent}, bytes);
    sent += bytes.size();
  }
  void end(const protocol::StreamOpen& open) {
    agent->send(protocol::StreamClose{.stream = open.stream, .final_offset = sent, .reason = "complete"});
  }
  /// The whole of an answer whose worker says `bytes`.
  http_client::Response answered(const std::string& query, const std::string& bytes) {
    auto answer = asking(kLogs + query);
    const auto open = opened();
    say(open, bytes);
    end(open);
    return answer.get();
  }
  /// What the worker is asked for; it has nothing.
  protocol::StreamOpen asked_of_worker(const std::string& query) {
    auto answer = asking(kLogs + query);
    const auto open = opened();
    end(open);
    EXPECT_EQ(answer.get().status, 200) << query;
    return open;
  }

  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  std::optional<Agent> agent;
  http::RouteTable table;
  api::Api api;
  std::uint16_t port{0};
  std::string replica;
  protocol::EnvelopeId last_open;
  std::uint64_t sent{0};
};

}  // namespace control_plane_test
