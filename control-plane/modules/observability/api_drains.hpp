#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/secret.hpp"
#include "common/json/json.hpp"

namespace observability {

struct NewLogDrain {
  std::string url;
  std::optional<base::SecretString> token;
  template <class F>
  void map(F& f) {
    f.required("url", url,
               "https://… or http://… (POST of lines of JSON), syslog+tls://host:port or syslog+tcp://host:port");
    f.optional("token", token, "Sent as bearer, over https only");
  }
};

struct LogDrainView {
  base::Uuid id;
  std::string kind;
  std::string address;
  bool has_token{false};
  std::string state;
  std::optional<std::string> failure;
  std::optional<base::UtcTime> failing_since;
  std::optional<base::UtcTime> delivered_at;
  std::int64_t delivered_lines{0};
  base::UtcTime created_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("kind", kind, "http or syslog");
    f.required("address", address, "Without its query");
    f.required("has_token", has_token);
    f.required("state", state, "waiting (nothing was printed yet), delivering or failing");
    f.required("failure", failure, "Why, where it fails");
    f.required("failing_since", failing_since);
    f.required("delivered_at", delivered_at, "When it last took something");
    f.required("delivered_lines", delivered_lines);
    f.required("created_at", created_at);
  }
};

}  // namespace observability
