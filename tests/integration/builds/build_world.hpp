#pragma once

#include <sys/types.h>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/base/clock.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/crypto/x509.hpp"
#include "worker-agent/builds/build_runner.hpp"
#include "worker-agent/builds/network.hpp"
#include "worker-agent/registry/registry_server.hpp"
#include "worker-agent/registry/site_image.hpp"

namespace builds::testing {

inline constexpr std::uint16_t kRegistryPort = 7050;
inline constexpr const char* kIssuer = "wisehosting";
inline constexpr const char* kService = "wisehosting-registry";

/// A program that serves until its standard input closes and says "… 127.0.0.1:PORT" first.
class Server {
 public:
  explicit Server(std::vector<std::string> argv);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  int port() const { return port_; }

 private:
  pid_t pid_{0};
  int input_{-1};
  int port_{0};
};

/// What a test wants to build; the rest of the job is filled in.
struct Order {
  std::string git_url;
  std::string branch{"main"};
  std::optional<std::string> commit;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  std::optional<text::BuildCommands> commands;
  base::AppEnvironmentId app;
  std::string repository{"acme/hello"};
  std::uint64_t memory_bytes{std::uint64_t{512} << 20U};
  std::uint64_t pids{256};
  std::uint64_t output_bytes{std::uint64_t{1} << 20U};
  std::uint64_t disk_bytes{std::uint64_t{2} << 30U};
  std::vector<std::pair<std::string, std::string>> bases;  ///< more base images: name, repository (tag `1`)
  std::map<std::string, std::string> variables;            ///< build-time, sealed to the worker
  int timeout_s{120};
  bool allow_private{true};
};

struct Built {
  agent::JobOutcome outcome;
  std::string log;
  std::vector<std::string> phases;
  std::string tag;  ///< of the image
  std::chrono::milliseconds took{0};
  /// A member of the result as JSON text, or empty.
  std::string result(const std::string& member) const;
  std::string code() const { return outcome.error ? outcome.error->code : ""; }
};

/// Real parts: build network, docker-registry, git over HTTP, jails. One per test binary; takes everything away at its
/// end.
class BuildWorld {
 public:
  BuildWorld();
  ~BuildWorld();

  /// A folder that somebody sent, as a source; the control plane is away for so many requests first.
  std::string upload(const std::string& bytes, int away = 0);
  /// A repository with one commit (made when absent, else a further commit) on `branch`; answers its URL.
  std::string repository(const std::string& name, const std::map<std::string, std::string>& files,
                         const std::string& branch = "main", const std::map<std::string, std::string>& links = {});
  std::string head_of(const std::string& name, const std::string& branch = "main");
  /// Pushes a busybox image, tag `1`, whose configuration has `env` (a JSON array) as its Env.
  void push_image(const std::string& repository, const std::string& env);

  /// A repository of hostile_repositories.py; its submodules point to `trap`.
  std::string hostile_url(const std::string& name, const std::string& trap);
  /// The same repositories without git's own protocol (static files).
  std::string dumb_url(const std::string& name);
  std::string signed_in_url(const std::string& name);

  Order order(const std::string& git_url);
  Built build(const Order& order);
  /// Runs the build and cancels it once `ready` says so of its log.
  Built build_cancelled(const Order& order, const std::function<bool(const std::string&)>& ready);

  /// Runs several builds at the same time.
  std::vector<Built> build_together(const std::vector<Order>& orders);

  /// Runs `task` while builds run; `settle` waits for its end.
  void beside(async::Task<void> task);
  void settle();
  /// Copies the whole image out of the registry; throws when a part is missing. Answers the folder (skopeo's `dir:`).
  std::filesystem::path pull(const std::string& repository, const std::string& digest);

  /// A token of the "control plane" for one repository.
  std::string token(const std::string& repository, const std::vector<std::string>& actions);
  /// Status, and the digest header, of a GET at the registry.
  std::pair<int, std::string> registry_get(const std::string& target, const std::string& token);
  void run(async::Task<void> task, std::chrono::seconds at_most = std::chrono::seconds(180));

  /// What a finished build must not leave: processes of the stores' ids, interfaces, control groups, mounts, work
  /// folders.
  std::vector<std::string> left_overs() const;
  bool store_contains(const std::string& text) const;
  /// Bytes that the app's store takes on disk.
  std::uint64_t store_bytes(base::AppEnvironmentId app) const;
  const std::filesystem::path& folder() const { return folder_; }
  BuildNetwork& network() { return network_; }
  registry::RegistryServer& registry() { return *registry_; }
  const std::string& base_digest() const { return base_digest_; }

 private:
  async::Task<base::Result<std::string>> read_upload(base::Uuid id, std::uint64_t at);

  std::map<base::Uuid, std::string> uploads_;
  int away_{0};
  agent::Job job_for(const Order& order);
  void git(const std::vector<std::string>& arguments, const std::filesystem::path& cwd);

  base::SystemClock clock_;
  std::filesystem::path folder_;
  std::string installation_;
  std::uint32_t first_uid_;
  boost::asio::io_context io_;
  async::BlockingPool pool_{2, "builds"};
  BuildNetwork network_;
  crypto::CertifiedKey authority_;
  crypto::CertifiedKey signer_;
  crypto::X25519KeyPair sealing_{crypto::x25519_generate()};
  std::unique_ptr<registry::RegistryServer> registry_;
  std::unique_ptr<BuildRunner> runner_;
  std::unique_ptr<Server> smart_;
  std::unique_ptr<Server> dumb_;
  std::unique_ptr<Server> guarded_;
  std::string base_digest_;
  bool hostile_made_{false};
  int beside_{0};
};

/// Runs a program to its end; its output goes nowhere. Throws unless it ends with 0.
void run_program(std::vector<std::string> argv, const std::filesystem::path& cwd);

/// The world of this binary.
BuildWorld& world();

}  // namespace builds::testing
