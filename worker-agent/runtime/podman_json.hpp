#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "worker-agent/runtime/types.hpp"

/// The bodies of Podman's REST API, as far as they are used. Only for podman*.cpp.
namespace runtime::wire {

struct Problem {
  std::optional<std::string> cause;
  std::string message;

  template <class F>
  void map(F& f) {
    f.optional("cause", cause);
    f.defaulted("message", message);
  }
};

struct Created {
  std::string id;

  template <class F>
  void map(F& f) {
    f.required("Id", id);
  }
};

struct InspectState {
  std::string status;
  bool out_of_memory{false};
  std::int64_t pid{0};
  std::int64_t conmon_pid{0};
  std::int64_t exit_code{0};
  std::string started_at;

  template <class F>
  void map(F& f) {
    f.required("Status", status);
    f.defaulted("OOMKilled", out_of_memory);
    f.defaulted("Pid", pid);
    f.defaulted("ConmonPid", conmon_pid);
    f.defaulted("ExitCode", exit_code);
    f.defaulted("StartedAt", started_at);
  }
};

struct InspectConfig {
  std::optional<std::map<std::string, std::string>> labels;
  std::optional<json::Raw> stop_signal;  ///< a number in version 4, a name later

  template <class F>
  void map(F& f) {
    f.optional("Labels", labels);
    f.optional("StopSignal", stop_signal);
  }
};

struct InspectGraph {
  std::optional<std::map<std::string, std::string>> data;

  template <class F>
  void map(F& f) {
    f.optional("Data", data);
  }
};

struct InspectNetwork {
  std::string sandbox;

  template <class F>
  void map(F& f) {
    f.defaulted("SandboxKey", sandbox);
  }
};

struct Inspect {
  std::string id;
  std::string name;
  InspectState state;
  InspectConfig config;
  std::optional<InspectGraph> graph;
  std::optional<InspectNetwork> network;

  template <class F>
  void map(F& f) {
    f.required("Id", id);
    f.required("Name", name);
    f.required("State", state);
    f.required("Config", config);
    f.optional("GraphDriver", graph);
    f.optional("NetworkSettings", network);
  }
};

struct Summary {
  std::string id;
  std::vector<std::string> names;
  std::string state;
  std::optional<std::map<std::string, std::string>> labels;

  template <class F>
  void map(F& f) {
    f.required("Id", id);
    f.required("Names", names);
    f.required("State", state);
    f.optional("Labels", labels);
  }
};

struct Image {
  std::optional<std::vector<std::string>> names;
  std::int64_t created{0};
  int containers{0};

  template <class F>
  void map(F& f) {
    f.optional("Names", names);
    f.required("Created", created);
    f.required("Containers", containers);
  }
};

struct ImageConfig {
  std::optional<std::vector<std::string>> env;

  template <class F>
  void map(F& f) {
    f.optional("Env", env);
  }
};

struct InspectImage {
  std::optional<std::string> user;
  std::optional<ImageConfig> config;

  template <class F>
  void map(F& f) {
    f.optional("User", user);
    f.optional("Config", config);
  }
};

struct Network {
  std::string name;
  std::string driver{"bridge"};
  std::string bridge;
  bool dns_enabled{false};
  bool ipv6_enabled{false};
  std::optional<std::map<std::string, std::string>> labels;

  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.defaulted("driver", driver);
    f.defaulted("network_interface", bridge);
    f.defaulted("dns_enabled", dns_enabled);
    f.defaulted("ipv6_enabled", ipv6_enabled);
    f.optional("labels", labels);
  }
};

struct EventActor {
  std::string id;

  template <class F>
  void map(F& f) {
    f.required("ID", id);
  }
};

struct Event {
  std::string action;
  EventActor actor;
  std::int64_t at{0};

  template <class F>
  void map(F& f) {
    f.required("Action", action);
    f.required("Actor", actor);
    f.required("time", at);
  }
};

}  // namespace runtime::wire
