#include "control-plane/app/all_in_one/commands.hpp"

namespace all_in_one {
namespace {

constexpr const char* kCrashPoint = "WH_CRASH_AT";

Environment environment_for(const AllInOneOptions& options, const Layout& layout, bool first_start) {
  Environment result = options.passed_on;
  if (!first_start) result.erase(kCrashPoint);
  result["PATH"] = kProgramPath;
  result["LANG"] = "C.UTF-8";
  result["HOME"] = "/root";
  result["WISEHOSTING_HOME"] = layout.home.string();
  result["WISEHOSTING_DASHBOARD_PORT"] = std::to_string(options.ports.dashboard);
  result["WISEHOSTING_HUB_PORT"] = std::to_string(options.ports.hub);
  result["WISEHOSTING_EDGE_PORT"] = std::to_string(options.ports.edge);
  result["WISEHOSTING_REGISTRY_PORT"] = std::to_string(options.ports.registry);
  return result;
}

}  // namespace

Command control_plane_command(const AllInOneOptions& options, const Layout& layout, bool first_start) {
  return Command{.argv = {options.control_plane_binary.string(), "serve", "--home", layout.home.string()},
                 .env = environment_for(options, layout, first_start),
                 .log_file = layout.logs / "control-plane.log"};
}

Command enrolment_command(const AllInOneOptions& options, const Layout& layout) {
  return Command{.argv = {options.control_plane_binary.string(), "worker-token", "local", "--json", "--home",
                          layout.home.string()},
                 .env = environment_for(options, layout, /*first_start=*/false),
                 .log_file = layout.logs / "control-plane.log",
                 .output_file = enrolment_file(layout)};
}

Command agent_command(const AllInOneOptions& options, const Layout& layout, const Enrolment& enrolment,
                      bool first_start) {
  Environment env = environment_for(options, layout, first_start);
  env["WISEHOSTING_NAME"] = "local";
  env["WISEHOSTING_STATE_DIR"] = layout.agent_state.string();
  env["WISEHOSTING_RUNTIME_DIR"] = layout.runtime.string();
  env["WISEHOSTING_HUB_URL"] = enrolment.hub_url;
  env["WISEHOSTING_CA_PIN"] = enrolment.ca_pin;
  env["WISEHOSTING_ENROLMENT_TOKEN_FILE"] = token_file(layout).string();
  env["WISEHOSTING_CAPABILITIES"] = "run,build,edge,registry";
  env["WISEHOSTING_PUBLISH_ADDRESS"] = "127.0.0.1";
  env["WISEHOSTING_PUBLISH_PORTS"] = text::to_string(options.ports.replicas);
  env["WISEHOSTING_EDGE_HTTP_ADDRESS"] = "127.0.0.1";
  env["WISEHOSTING_EDGE_HTTP_PORT"] = std::to_string(options.ports.edge);
  return Command{
      .argv = {options.agent_binary.string(), "run"}, .env = std::move(env), .log_file = layout.logs / "agent.log"};
}

std::filesystem::path enrolment_file(const Layout& layout) {
  return layout.home / "config" / "enrolment.json";
}

std::filesystem::path token_file(const Layout& layout) {
  return layout.home / "config" / "enrolment.token";
}

bool agent_is_enrolled(const Layout& layout) {
  return std::filesystem::exists(layout.agent_state / "link" / "identity.json");
}

}  // namespace all_in_one
