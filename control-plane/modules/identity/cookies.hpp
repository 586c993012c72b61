#pragma once

#include <chrono>
#include <string>

#include "control-plane/modules/identity/types.hpp"
#include "control-plane/platform/http/message.hpp"

namespace identity {

/// The cookies of sign-in. All are HttpOnly, SameSite=Lax, for every path, and Secure where the dashboard is on TLS;
/// there the short-lived ones have the prefix `__Host-`, so that no neighbouring host can plant them.
class Cookies {
 public:
  explicit Cookies(bool secure) : secure_(secure) {}

  std::pair<std::string, std::string> session(const std::string& token) const {
    return make("wh_session", token, std::chrono::seconds(kSessionLife));
  }
  std::pair<std::string, std::string> end_session() const { return make("wh_session", "", {}); }
  /// The browser that went to the provider.
  std::pair<std::string, std::string> flow(const std::string& token) const {
    return make(flow_name(), token, std::chrono::seconds(kFlowLife));
  }
  std::pair<std::string, std::string> end_flow() const { return make(flow_name(), "", {}); }
  /// The provider said who it is; the second factor is to come.
  std::pair<std::string, std::string> wait(const std::string& token) const {
    return make(wait_name(), token, std::chrono::seconds(kFlowLife));
  }
  std::pair<std::string, std::string> end_wait() const { return make(wait_name(), "", {}); }
  /// Tells a known browser from a new one; no right hangs on it.
  std::pair<std::string, std::string> device(const std::string& token) const {
    return make(device_name(), token, std::chrono::seconds(kDeviceLife));
  }

  std::string flow_of(const http::Request& request) const { return request.cookie(flow_name()).value_or(""); }
  std::string wait_of(const http::Request& request) const { return request.cookie(wait_name()).value_or(""); }
  std::string device_of(const http::Request& request) const {
    auto token = request.cookie(device_name()).value_or("");
    return token.size() <= 100 ? token : std::string();
  }

 private:
  std::string named(const char* name) const { return std::string(secure_ ? "__Host-" : "") + name; }
  std::string flow_name() const { return named("wh_sign_in"); }
  std::string wait_name() const { return named("wh_second_factor"); }
  std::string device_name() const { return named("wh_device"); }

  std::pair<std::string, std::string> make(const std::string& name, const std::string& value,
                                           std::chrono::seconds life) const {
    return {"Set-Cookie", name + "=" + value + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" +
                              std::to_string(life.count()) + (secure_ ? "; Secure" : "")};
  }
  bool secure_;
};

}  // namespace identity
