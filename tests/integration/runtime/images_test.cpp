#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <thread>

#include "common/async/process.hpp"
#include "common/async/task_group.hpp"
#include "common/async/timer.hpp"
#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "common/http_client/client.hpp"
#include "tests/integration/runtime/podman_host.hpp"
#include "worker-agent/host/tar.hpp"

namespace runtime {
namespace {

using testing_host::PodmanHost;

struct CountedTokens final : agent::RegistryTokens {
  async::Task<base::Result<std::string>> push_token(std::string /*repository*/) override {
    co_return base::fail(base::ErrorKind::forbidden, "registry.denied", "nothing is pushed here");
  }
  async::Task<base::Result<std::string>> pull_token(std::string repository) override {
    asked.push_back(std::move(repository));
    co_return std::string("token");
  }
  std::vector<std::string> asked;
};

base::Deadline soon() {
  return base::Deadline::after(PodmanHost::instance().clock(), std::chrono::seconds(30));
}

/// A registry over plain HTTP, in a folder of the test's own.
class Registry {
 public:
  Registry(boost::asio::any_io_executor executor, std::filesystem::path folder)
      : port(testing_host::free_port()), process_(executor), folder_(std::move(folder)) {}

  async::Task<void> start() {
    std::filesystem::create_directories(folder_);
    const auto config = folder_ / "config.yml";
    base::blocking_write_file(config,
                              "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: " +
                                  (folder_ / "data").string() + "}}\nhttp: {addr: " + address() + "}\n",
                              0600);
    const auto started = process_.start({.argv = {"/usr/bin/docker-registry", "serve", config.string()},
                                         .env = {{"PATH", "/usr/bin"}, {"HOME", folder_.string()}},
                                         .stdout_file = folder_ / "log"});
    if (!started) throw std::runtime_error(started.error().message);
    http_client::Client client(co_await boost::asio::this_coro::executor, http_client::Endpoint::tcp("127.0.0.1", port),
                               PodmanHost::instance().clock());
    const auto until = soon();
    while (!until.passed(PodmanHost::instance().clock())) {
      http_client::Request request;
      request.target = "/v2/";
      if (co_await client.send(request, until)) co_return;
      co_await async::sleep(std::chrono::milliseconds(20));
    }
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port); }
  async::Task<int> stop() { co_return co_await process_.terminate(std::chrono::seconds(2)); }

  std::uint16_t port;

 private:
  async::ChildProcess process_;
  std::filesystem::path folder_;
};

/// The arguments of every process of this machine, a line each, with blanks between them.
std::string command_lines() {
  std::string all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    std::string line{std::istreambuf_iterator<char>(file), {}};
    std::ranges::replace(line, '\0', ' ');
    if (!line.empty()) all += line + "\n";
  }
  return all;
}

/// A registry that asks for a token and has no images; looks at the machine's processes while it is asked.
class Watcher {
 public:
  Watcher() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), raw, size) != 0 || ::listen(listener_.get(), 8) != 0 ||
        ::getsockname(listener_.get(), raw, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Watcher() {
    if (thread_.joinable()) stop();
  }
  void stop() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::uint16_t port{0};
  std::string heads;      ///< of all requests; after `stop`
  std::string processes;  ///< that ran meanwhile; after `stop`

 private:
  void serve() {
    for (;;) {
      const base::UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
      if (!peer.valid()) return;
      std::string head;
      std::array<char, 4096> buffer{};
      while (!head.ends_with("\r\n\r\n")) {
        const auto got = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0 || buffer[0] == 0x16) break;  // it tries TLS first
        head.append(buffer.data(), static_cast<std::size_t>(got));
      }
      heads += head;
      processes += command_lines();
      // It shows its token to who asks for one.
      const std::string answer = std::string("HTTP/1.1 ") +
                                 (head.starts_with("GET /v2/ ")
                                      ? "401 x\r\nWWW-Authenticate: Bearer realm=\"http://127.0.0.1:9/\",service=\"x\""
                                      : "404 x") +
                                 "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      static_cast<void>(::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
    }
  }
  base::UniqueFd listener_;
  std::thread thread_;
};

/// Makes an image of its own, pushes it, and leaves no copy in the store; its digest, with the "@".
async::Task<std::string> publish(PodmanHost& host, std::string tag, std::string text = "not the other image") {
  const std::string name = "localhost/test/published:1";
  const auto archive = host.setup().env.at("TMPDIR") + "/published.tar";
  base::blocking_write_file(archive, host::tar_with_one_file("program", text), 0600);
  co_await host.tool_in({"/usr/bin/podman", "import", "--quiet", archive, name});
  auto digest = co_await host.tool_in({"/usr/bin/podman", "image", "inspect", "--format", "@{{.Digest}}", name});
  while (digest.ends_with('\n')) digest.pop_back();
  co_await host.tool_in({"/usr/bin/skopeo", "--policy", host.setup().policy_file.string(), "copy", "--quiet",
                         "--dest-tls-verify=false", "--preserve-digests", "containers-storage:" + name,
                         "docker://" + tag});
  co_await host.tool_in({"/usr/bin/podman", "rmi", name});
  co_return digest;
}

TEST(Images, are_pulled_once_by_digest_however_many_want_them) {
  auto& host = PodmanHost::instance();
  host.run([&host](boost::asio::any_io_executor executor) -> async::Task<void> {
    testing_host::TestAgent agent(executor);
    EXPECT_TRUE((co_await agent.service().ensure(soon())).has_value());
    Registry registry(executor, host.setup().graph_root.parent_path() / "registry");
    co_await registry.start();
    const auto repository = registry.address() + "/acme/web";
    const auto digest = co_await publish(host, repository + ":d-1");
    CountedTokens tokens;
    runtime::Images images(executor, agent.podman(), tokens, host.setup(), host.clock(),
                           {.plain_http_registries = {registry.address()}});
    const auto image = repository + digest;
    EXPECT_FALSE(*co_await images.present(image, soon()));

    async::TaskGroup callers(executor);
    int well = 0;
    struct Caller {
      static async::Task<void> call(runtime::Images& images, std::string image, int& well) {
        if (co_await images.ensure(std::move(image))) ++well;
      }
    };
    for (int i = 0; i < 3; ++i) callers.spawn("caller", Caller::call(images, image, well));
    co_await callers.join(soon());

    EXPECT_EQ(well, 3);
    EXPECT_EQ(tokens.asked, std::vector<std::string>{"acme/web"});
    EXPECT_TRUE(*co_await images.present(image, soon()));
    EXPECT_TRUE((co_await images.ensure(image)).has_value());
    EXPECT_EQ(tokens.asked.size(), 1U);

    co_await registry.stop();
    co_await agent.stop();
  });
}

/// The folder in the store that holds the layer whose program is `text`; empty when none does.
std::filesystem::path layer_with(const PodmanHost& host, const std::string& text) {
  for (const auto& layer : std::filesystem::directory_iterator(host.setup().graph_root / "overlay")) {
    const auto program = layer.path() / "diff" / "program";
    if (std::filesystem::exists(program) && base::blocking_read_file(program) == text) return program.parent_path();
  }
  return {};
}

TEST(Images, can_be_searched_by_programs_that_gave_up_root_also_under_a_mask_that_forbids_it) {
  auto& host = PodmanHost::instance();
  const auto mask = ::umask(0077);
  host.run([&host](boost::asio::any_io_executor executor) -> async::Task<void> {
    testing_host::TestAgent agent(executor);
    EXPECT_TRUE((co_await agent.service().ensure(soon())).has_value());
    Registry registry(executor, host.setup().graph_root.parent_path() / "registry");
    co_await registry.start();
    CountedTokens tokens;
    runtime::Images images(executor, agent.podman(), tokens, host.setup(), host.clock(),
                           {.plain_http_registries = {registry.address()}});
    const auto repository = registry.address() + "/acme/masked";
    const auto image = repository + co_await publish(host, repository + ":d-1", "masked");

    EXPECT_TRUE((co_await images.ensure(image)).has_value());

    const auto folder = layer_with(host, "masked");
    EXPECT_FALSE(folder.empty());
    const auto mode = std::filesystem::status(folder).permissions();
    EXPECT_EQ(mode & std::filesystem::perms::others_exec, std::filesystem::perms::others_exec) << folder;
    EXPECT_TRUE((co_await images.tidy([](const std::string&) { return false; }, 0)).has_value());
    co_await registry.stop();
    co_await agent.stop();
  });
  ::umask(mask);
}

TEST(Images, of_earlier_releases_leave_the_host_but_the_newest) {
  auto& host = PodmanHost::instance();
  host.run([&host](boost::asio::any_io_executor executor) -> async::Task<void> {
    testing_host::TestAgent agent(executor);
    EXPECT_TRUE((co_await agent.service().ensure(soon())).has_value());
    Registry registry(executor, host.setup().graph_root.parent_path() / "registry");
    co_await registry.start();
    CountedTokens tokens;
    runtime::Images images(executor, agent.podman(), tokens, host.setup(), host.clock(),
                           {.plain_http_registries = {registry.address()}});
    std::vector<std::string> releases;
    for (int number = 1; number <= 3; ++number) {
      const auto repository = registry.address() + "/acme/tidied";
      const auto text = "release " + std::to_string(number);
      releases.push_back(repository + co_await publish(host, repository + ":d-" + std::to_string(number), text));
      EXPECT_TRUE((co_await images.ensure(releases.back())).has_value());
    }
    const auto first_is_needed = [&](const std::string& image) { return image == releases[0]; };
    const auto there = [&](std::size_t number) { return images.present(releases.at(number - 1), soon()); };

    EXPECT_TRUE((co_await images.tidy(first_is_needed, 2)).has_value());
    EXPECT_TRUE(*co_await there(1));
    EXPECT_TRUE(*co_await there(2));
    EXPECT_TRUE(*co_await there(3));

    EXPECT_TRUE((co_await images.tidy(first_is_needed, 0)).has_value());
    EXPECT_TRUE(*co_await there(1));
    EXPECT_FALSE(*co_await there(2));
    EXPECT_FALSE(*co_await there(3));
    EXPECT_TRUE((co_await images.ensure(releases[1])).has_value()) << "a release that comes back is pulled again";

    co_await registry.stop();
    co_await agent.stop();
  });
}

TEST(Images, SEC_12_a_pull_token_is_on_no_command_line) {
  auto& host = PodmanHost::instance();
  host.run([&host](boost::asio::any_io_executor executor) -> async::Task<void> {
    struct Tokens final : agent::RegistryTokens {
      async::Task<base::Result<std::string>> push_token(std::string /*repository*/) override {
        co_return base::fail(base::ErrorKind::forbidden, "registry.denied", "nothing is pushed here");
      }
      async::Task<base::Result<std::string>> pull_token(std::string /*repository*/) override {
        co_return std::string("canary-of-a-pull-token");
      }
    } tokens;
    Watcher registry;
    const auto name = "127.0.0.1:" + std::to_string(registry.port);
    testing_host::TestAgent agent(executor);
    EXPECT_TRUE((co_await agent.service().ensure(soon())).has_value());
    runtime::Images images(executor, agent.podman(), tokens, host.setup(), host.clock(),
                           {.plain_http_registries = {name}});

    const auto pulled = co_await images.ensure(name + "/acme/web@sha256:" + std::string(64, 'a'));

    registry.stop();
    EXPECT_FALSE(pulled.has_value());
    EXPECT_THAT(registry.heads, ::testing::HasSubstr("Authorization: Bearer canary-of-a-pull-token\r\n"));
    EXPECT_THAT(registry.processes, ::testing::HasSubstr("--src-registry-token @secret "));
    EXPECT_THAT(registry.processes, ::testing::Not(::testing::HasSubstr("canary-of-a-pull-token")));
    co_await agent.stop();
  });
}

TEST(Images, CTR_11_a_pull_ends_before_the_disk_is_full_and_leaves_nothing) {
  auto& host = PodmanHost::instance();
  host.run([&host](boost::asio::any_io_executor executor) -> async::Task<void> {
    testing_host::TestAgent agent(executor);
    EXPECT_TRUE((co_await agent.service().ensure(soon())).has_value());
    Registry registry(executor, host.setup().graph_root.parent_path() / "registry");
    co_await registry.start();
    const auto repository = registry.address() + "/acme/large";
    const auto image = repository + co_await publish(host, repository + ":d-1");
    const auto pulls = std::filesystem::path(host.setup().env.at("TMPDIR")) / "pulls";
    std::filesystem::create_directories(pulls / "of-an-agent-that-was-killed");
    CountedTokens tokens;
    runtime::Images images(
        executor, agent.podman(), tokens, host.setup(), host.clock(),
        {.plain_http_registries = {registry.address()}, .keep_free = std::numeric_limits<std::uint64_t>::max()});
    EXPECT_FALSE(std::filesystem::exists(pulls));

    const auto pulled = co_await images.ensure(image);

    EXPECT_FALSE(pulled.has_value());
    if (!pulled) EXPECT_EQ(pulled.error().code, "image.no_room") << pulled.error().message;
    EXPECT_FALSE(*co_await images.present(image, soon()));
    EXPECT_TRUE(std::filesystem::is_empty(pulls));
    co_await registry.stop();
    co_await agent.stop();
  });
}

TEST(Images, a_registry_that_is_away_is_told) {
  auto& host = PodmanHost::instance();
  host.run([&host](boost::asio::any_io_executor executor) -> async::Task<void> {
    testing_host::TestAgent agent(executor);
    EXPECT_TRUE((co_await agent.service().ensure(soon())).has_value());
    CountedTokens tokens;
    const auto registry = "127.0.0.1:" + std::to_string(testing_host::free_port());
    runtime::Images images(executor, agent.podman(), tokens, host.setup(), host.clock(),
                           {.plain_http_registries = {registry}});

    const auto pulled = co_await images.ensure(registry + "/acme/web@sha256:" + std::string(64, 'a'));

    EXPECT_FALSE(pulled.has_value());
    if (!pulled) {
      EXPECT_EQ(pulled.error().code, "image.pull_failed");
      EXPECT_EQ(pulled.error().message.find("token"), std::string::npos);
    }
    co_await agent.stop();
  });
}

}  // namespace
}  // namespace runtime
