#include "control-plane/app/config.hpp"

#include <cstdlib>
#include <string_view>

#include "control-plane/app/all_in_one/all_in_one.hpp"

namespace app {
namespace {

std::filesystem::path default_home() {
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "/root" : home) / ".local/share/wisehosting";
}

/// The home that the file with all other settings lies in: by flag or environment only.
std::filesystem::path home_of(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--home" && i + 1 < argc) return argv[i + 1];
    if (argument.starts_with("--home=")) return argument.substr(std::string_view("--home=").size());
  }
  const char* home = std::getenv("WISEHOSTING_HOME");
  return home == nullptr || *home == '\0' ? default_home() : std::filesystem::path(home);
}

/// Where everything is listened on, it is this machine itself that reaches it.
std::string own_hub_url(const Config& config) {
  const bool any = config.listen_address == "0.0.0.0" || config.listen_address == "::";
  const std::string host = any ? "127.0.0.1" : config.listen_address;
  const bool six = host.find(':') != std::string::npos;
  return "https://" + (six ? "[" + host + "]" : host) + ":" + std::to_string(config.hub_port);
}

}  // namespace

base::Result<Config> load_config(int argc, const char* const* argv, std::vector<std::string>* positionals) {
  config::Options options;
  options.positionals = positionals;
  options.default_file = home_of(argc, argv) / "config" / "control-plane.toml";
  TRY_ASSIGN(auto loaded, config::load<Config>(argc, argv, options));
  if (loaded.home.empty()) loaded.home = default_home();
  const auto layout = all_in_one::layout_of(loaded.home);
  if (loaded.master_key_file.empty()) loaded.master_key_file = layout.master_key;
  if (loaded.public_url.empty()) loaded.public_url = "http://localhost:" + std::to_string(loaded.dashboard_port);
  if (loaded.hub_url.empty()) loaded.hub_url = "https://localhost:" + std::to_string(loaded.hub_port);
  if (loaded.instance_url.empty()) loaded.instance_url = own_hub_url(loaded);
  if (loaded.postgres.dsn.empty()) {
    loaded.postgres.dsn = "host=" + layout.postgres_socket_folder.string() +
                          " port=5432 user=wh dbname=wisehosting application_name=wh-control-plane connect_timeout=5";
  }
  return loaded;
}

}  // namespace app
