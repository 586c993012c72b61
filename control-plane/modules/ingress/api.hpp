#pragma once

#include <optional>
#include <vector>

#include "common/json/json.hpp"

namespace ingress {

struct TrafficErrorsView {
  std::uint64_t app{0};
  std::uint64_t connect{0};
  std::uint64_t response{0};
  std::uint64_t unserved{0};
  template <class F>
  void map(F& f) {
    f.required("app", app, "Answered 5xx by the app itself");
    f.required("connect", connect, "503: no replica could be connected to");
    f.required("response", response, "502 or 504: a replica broke off or was too late");
    f.required("unserved", unserved, "503: no replica took requests");
  }
};

struct ReplicaTrafficView {
  base::ReplicaId replica_id;
  std::uint64_t requests{0};
  TrafficErrorsView errors;
  template <class F>
  void map(F& f) {
    f.required("replica_id", replica_id);
    f.required("requests", requests);
    f.required("errors", errors);
  }
};

/// What an app's visitors did, over all its edges.
struct TrafficSums {
  int edges{0};
  std::uint64_t requests{0};
  std::uint64_t in_flight{0};
  TrafficErrorsView errors;
  std::uint64_t aborted{0};
  std::uint64_t retries{0};
  std::uint64_t limited{0};
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
  template <class F>
  void map(F& f) {
    f.required("edges", edges, "Edges that told; 0: nothing is known yet");
    f.required("requests", requests, "Since each edge began to count");
    f.required("in_flight", in_flight);
    f.required("errors", errors, "By cause");
    f.required("aborted", aborted, "Clients that went away");
    f.required("retries", retries, "Tried once more, unseen by the client");
    f.required("limited", limited, "Answered 429 by the app's limit of requests; not among `requests`");
    f.required("p50_ms", p50_ms, "Of the last minute, to the first byte of the answer; null without requests");
    f.required("p99_ms", p99_ms);
  }
};

struct TrafficView : TrafficSums {
  std::vector<ReplicaTrafficView> replicas;
  template <class F>
  void map(F& f) {
    TrafficSums::map(f);
    f.required("replicas", replicas);
  }
};

/// One of several apps.
struct AppTrafficView : TrafficSums {
  std::string app;
  template <class F>
  void map(F& f) {
    f.required("app", app, "Its name");
    TrafficSums::map(f);
  }
};

}  // namespace ingress
