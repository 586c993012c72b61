#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"

namespace deployments {

struct ReceiptPhaseView {
  double seconds{0};
  std::int64_t requests{0};
  std::int64_t failed{0};
  std::int64_t app_errors{0};
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
  template <class F>
  void map(F& f) {
    f.required("seconds", seconds);
    f.required("requests", requests);
    f.required("failed", failed, "No replica, none reachable, or a broken answer");
    f.required("app_errors", app_errors, "Answered 5xx by the app");
    f.required("p50_ms", p50_ms, "To the first byte of the answer; null where there was no request");
    f.required("p99_ms", p99_ms);
  }
};

struct ReceiptErrorsView {
  std::int64_t app{0};
  std::int64_t connect{0};
  std::int64_t response{0};
  std::int64_t unserved{0};
  std::int64_t cut{0};
  template <class F>
  void map(F& f) {
    f.required("app", app, "Answered 5xx by the app itself");
    f.required("connect", connect, "503: no replica could be connected to");
    f.required("response", response, "502 or 504: a replica broke off or was too late");
    f.required("unserved", unserved, "503: no replica took requests");
    f.required("cut", cut, "Connections that outlasted the grace of a drain");
  }
};

struct ReceiptView {
  std::string state;
  bool complete{true};
  std::vector<std::string> gaps;
  int edges{0};
  base::UtcTime opened_at;
  std::int64_t requests_old{0};
  std::int64_t requests_new{0};
  std::int64_t failed{0};
  ReceiptErrorsView errors;
  std::int64_t aborted{0};
  std::int64_t retries{0};
  std::int64_t connections_drained{0};
  std::int64_t longest_drain_ms{0};
  ReceiptPhaseView before;
  ReceiptPhaseView during;
  ReceiptPhaseView after;
  template <class F>
  void map(F& f) {
    f.required("state", state, "open while the switch or the half minute after it goes on, then final");
    f.required("complete", complete, "false: something was not counted, see gaps");
    f.required("gaps", gaps, "haproxy_restarted, haproxy_reloaded, agent_restarted, overtaken or edge_silent");
    f.required("edges", edges, "How many edges told");
    f.required("opened_at", opened_at);
    f.required("requests_old", requests_old, "During the switch, by replicas of other releases");
    f.required("requests_new", requests_new, "During the switch, by replicas of the new release");
    f.required("failed", failed, "connect, response, unserved and cut during the switch");
    f.required("errors", errors, "During the switch, by cause");
    f.required("aborted", aborted, "Clients that went away");
    f.required("retries", retries, "Tried once more, unseen by the client");
    f.required("connections_drained", connections_drained);
    f.required("longest_drain_ms", longest_drain_ms);
    f.required("before", before, "The last minute before the switch");
    f.required("during", during, "From the first new replica to the last connection of an old one");
    f.required("after", after, "Half a minute");
  }
};

}  // namespace deployments
