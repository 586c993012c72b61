#pragma once

#include <filesystem>
#include <string>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/config/config.hpp"

namespace app {

/// Configuration of `wh-control-plane serve` and its tools. Flags over environment over config/control-plane.toml.
struct Config {
  std::filesystem::path home;
  int dashboard_port{7070};
  int hub_port{7071};
  int edge_port{7080};
  std::string listen_address{"127.0.0.1"};
  std::string public_url;
  std::string hub_url;
  std::string apps_domain{"localhost"};
  std::filesystem::path master_key_file;
  struct {
    std::string address;
    std::string mount{"transit"};
    std::string key{"wisehosting"};
    std::string namespace_;
    std::filesystem::path token_file;
    std::string ca_file;
  } key_service;
  struct {
    std::string issuer{"https://accounts.google.com"};
    std::string client_id;
    base::SecretString client_secret;
    std::vector<std::string> allowed_domains;
    std::vector<std::string> allowed_emails;
    bool allow_private_issuer{false};
    int idle_hours{24 * 7};
  } sign_in;
  std::string instance{"cp-1"};
  std::string instance_url;
  bool allow_private_sources{true};
  struct {
    std::string dsn;
    int size{4};
  } postgres;
  struct {
    int io_threads{1};
    int connections{20000};
    bool log_requests{false};
    std::vector<std::string> trusted_proxies;
  } http;
  struct {
    int address{12000};
    int door{300};
    int person{12000};
    int token{600};
    int organization{60000};
    int hook{60};
  } rates;
  struct {
    int apps{0};
    int replicas{0};
    int memory_mib{0};
    int build_minutes{0};
  } plan;
  struct {
    std::vector<std::string> networks;
  } log_drains;
  std::string log_level{"info"};

  template <class F>
  void map(F& f) {
    f.key("home", home, "Data directory of the installation; default $HOME/.local/share/wisehosting");
    f.key("dashboard_port", dashboard_port, "Port of the dashboard and the API", config::range(0, 65535));
    f.key("hub_port", hub_port, "Port that workers connect to, TLS", config::range(0, 65535));
    f.key("edge_port", edge_port, "Port at which the edges serve apps; goes into the apps' URLs",
          config::range(0, 65535));
    f.key("listen_address", listen_address, "Address that the dashboard and the hub listen on");
    f.key("public_url", public_url,
          "How browsers reach the dashboard; default http://localhost:<dashboard_port>. The only accepted Origin and, "
          "beside "
          "localhost and the loopback addresses, the only accepted Host of the API");
    f.key("hub_url", hub_url, "How workers reach the hub; default https://localhost:<hub_port>");
    f.key("apps_domain", apps_domain, "An app's host is <app>.<apps_domain>");
    f.key("master_key_file", master_key_file, "File of 32 bytes, mode 0600; default <home>/secrets/master.key");
    f.key("key_service.address", key_service.address,
          "Vault or OpenBao whose transit engine holds the master key, https; empty: master_key_file is used");
    f.key("key_service.mount", key_service.mount, "Where the transit engine is mounted");
    f.key("key_service.key", key_service.key, "Name of the transit key");
    f.key("key_service.namespace", key_service.namespace_, "Namespace of the key service; empty: none");
    f.key("key_service.token_file", key_service.token_file,
          "File with the key service's token, mode 0600; read anew for each call");
    f.key("key_service.ca_file", key_service.ca_file, "Authority of the key service, PEM; empty: the system's");
    f.key("sign_in.issuer", sign_in.issuer, "OpenID provider that people sign in with");
    f.key("sign_in.client_id", sign_in.client_id,
          "What the provider calls this installation; empty: the dashboard's settings count, the other keys do not");
    f.secret("sign_in.client_secret", sign_in.client_secret, "The provider's secret for it");
    f.key("sign_in.allowed_domains", sign_in.allowed_domains,
          "Domains whose people may sign in; both lists empty: everyone whom the provider knows");
    f.key("sign_in.allowed_emails", sign_in.allowed_emails, "Addresses of people who may sign in");
    f.key("sign_in.allow_private_issuer", sign_in.allow_private_issuer,
          "Whether the provider may stand at a private address and speak plain http");
    f.key("sign_in.idle_hours", sign_in.idle_hours, "A session that nobody used for so long ends, in hours",
          config::range(1, 24 * 30));
    f.key("instance", instance, "Name of this instance among those that share one database", config::range(1, 63));
    f.key("instance_url", instance_url,
          "How the other instances reach this one's hub, an address; default https://<listen_address>:<hub_port>");
    f.key("allow_private_sources", allow_private_sources,
          "Whether repositories at private addresses, this machine's own included, may be built");
    f.key("postgres.dsn", postgres.dsn, "libpq connection string; default: the embedded cluster of <home>");
    f.key("postgres.size", postgres.size, "Database connections, each with its thread", config::range(1, 64));
    f.key("http.io_threads", http.io_threads, "Threads that do network I/O", config::range(1, 64));
    f.key("http.connections", http.connections, "Connections at most; fewer where the limit of open files is lower",
          config::range(1, 100000));
    f.key("http.log_requests", http.log_requests,
          "Whether each API request is a line in the log: method, path, status, time, person, request id");
    f.key("http.trusted_proxies", http.trusted_proxies,
          "Addresses or networks of reverse proxies whose X-Forwarded-For is believed; no other forwarded header is");
    f.key("rates.address", rates.address,
          "Requests a minute from one address, a quarter of which may come at once; 0: no limit",
          config::range(0, 1000000));
    f.key("rates.door", rates.door, "Requests a minute from one address that nobody is signed in for; 0: no limit",
          config::range(0, 1000000));
    f.key("rates.person", rates.person, "Requests a minute of one person, all sessions and CLIs together; 0: no limit",
          config::range(0, 1000000));
    f.key("rates.token", rates.token, "Requests a minute with one token; 0: no limit", config::range(0, 1000000));
    f.key("rates.organization", rates.organization, "Requests a minute in one organization; 0: no limit",
          config::range(0, 10000000));
    f.key("rates.hook", rates.hook,
          "Calls of deploy hooks a minute from one address, all at once if need be; 0: no limit",
          config::range(0, 1000000));
    f.key("plan.apps", plan.apps,
          "Apps that a new organization may have; 0: no limit. Changed later by `wh-control-plane limits`",
          config::range(0, 1000000));
    f.key("plan.replicas", plan.replicas, "Replicas of all its apps together; 0: no limit", config::range(0, 1000000));
    f.key("plan.memory_mib", plan.memory_mib, "Memory of all its replicas together in MiB; 0: no limit",
          config::range(0, 1000000000));
    f.key("plan.build_minutes", plan.build_minutes, "Minutes of builds in a calendar month, UTC; 0: no limit",
          config::range(0, 10000000));
    f.key("log_drains.networks", log_drains.networks,
          "Private addresses or networks that apps' log drains may reach beside the public internet");
    f.key("log_level", log_level, "debug, info, warn or error");
  }
};

/// Reads the configuration, by default also `<home>/config/control-plane.toml` where it exists, and fills in what
/// depends on `home` and the ports. Error kind `invalid`, all mistakes in one. Blocks on reading files.
base::Result<Config> load_config(int argc, const char* const* argv, std::vector<std::string>* positionals);

}  // namespace app
