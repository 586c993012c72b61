#pragma once

#include <map>
#include <string>

#include "common/json/parse.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace identity_test {

using control_plane_test::World;

/// What came back, with its JSON where it has some.
struct Answer {
  int status{0};
  std::string body;
  std::string location;
  std::vector<std::string> cookies;  ///< Set-Cookie, whole
  nlohmann::json json;

  std::string code() const { return json.is_object() ? json.value("code", "") : ""; }
};

/// Somebody's browser, or a program: keeps cookies of the dashboard, follows nothing by itself.
class Browser {
 public:
  explicit Browser(World& world) : world_(world) {}

  Answer get(const std::string& target) { return send("GET", target, ""); }
  Answer post(const std::string& target, const std::string& body = "{}") { return send("POST", target, body); }
  Answer put(const std::string& target, const std::string& body) { return send("PUT", target, body); }
  Answer del(const std::string& target) { return send("DELETE", target, ""); }
  Answer send(const std::string& method, const std::string& target, const std::string& body);

  /// Signs in by a setup link.
  void set_up();
  bool signed_in() { return get("/api/v1/me").status == 200; }
  std::string session_id() { return get("/api/v1/me").json["credential"]["id"]; }
  std::string person_id() { return get("/api/v1/me").json["person"]["id"]; }

  /// Every request carries it instead of cookies.
  std::string bearer;
  std::map<std::string, std::string> cookies;
  std::string user_agent{"Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"};

 private:
  World& world_;
};

/// A code of the authenticator with this key (base32), of the step at `time`.
std::string code_of(const std::string& secret, base::UtcTime time);

}  // namespace identity_test
