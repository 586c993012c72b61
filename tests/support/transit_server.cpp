#include "tests/support/transit_server.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "common/base/bytes.hpp"
#include "common/crypto/column.hpp"
#include "common/crypto/random.hpp"

namespace support {
namespace {

using Json = nlohmann::json;

http::Response reply(int status, const Json& body) {
  return http::json_response(status, body.dump());
}
http::Response refuse(int status, const std::string& why) {
  return reply(status, {{"errors", {why}}});
}
crypto::ColumnContext context(const Json& body) {
  return {"transit", "ciphertext", body.value("associated_data", ""), 1};
}

}  // namespace

TransitServer::TransitServer() : versions_{{crypto::random_bytes(32)}} {
  http::RouteTable routes;
  const auto serve = [&](http::Method method, const std::string& pattern, const std::string& verb) {
    routes.add(method, pattern,
               [this, verb](http::Request request) -> async::Task<http::Response> { co_return answer(request, verb); });
  };
  serve(http::Method::post, "/v1/transit/encrypt/wisehosting", "encrypt");
  serve(http::Method::post, "/v1/transit/decrypt/wisehosting", "decrypt");
  serve(http::Method::get, "/v1/transit/keys/wisehosting", "read");
  serve(http::Method::post, "/v1/transit/keys/wisehosting/rotate", "rotate");
  serve(http::Method::post, "/v1/transit/keys/wisehosting/config", "config");
  port_ = server_.listen(std::move(routes));
}

void TransitServer::seal(bool sealed) {
  const std::scoped_lock lock(mutex_);
  sealed_ = sealed;
}

int TransitServer::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

http::Response TransitServer::answer(const http::Request& request, const std::string& verb) {
  const std::scoped_lock lock(mutex_);
  ++calls_;
  if (sealed_) return refuse(503, "Vault is sealed");
  if (request.header("X-Vault-Token") != kToken) return refuse(403, "permission denied");
  const auto latest = static_cast<int>(versions_.size());
  const auto body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return refuse(400, "failed to parse JSON input");
  if (verb == "read") {
    return reply(200, {{"data",
                        {{"latest_version", latest},
                         {"min_decryption_version", least_decryption_},
                         {"name", "wisehosting"},
                         {"type", "aes256-gcm96"}}}});
  }
  if (verb == "rotate") {
    versions_.push_back({crypto::random_bytes(32)});
    return reply(200, {{"data", {{"latest_version", latest + 1}}}});
  }
  if (verb == "config") {
    const int least = body.value("min_decryption_version", least_decryption_);
    if (least > latest) return refuse(400, "cannot set min decryption version above the latest");
    least_decryption_ = least;
    return http::Response{.status = 204, .headers = {}, .body = {}, .stream = {}};
  }
  if (verb == "encrypt") {
    const int version = body.value("key_version", 0) == 0 ? latest : body.value("key_version", 0);
    if (version < 1 || version > latest) return refuse(400, "key version out of range");
    const auto plain = base::base64_decode(body.value("plaintext", ""));
    if (!plain) return refuse(400, "failed to base64-decode plaintext");
    const auto box = crypto::seal_column(versions_[static_cast<std::size_t>(version) - 1].key, context(body), *plain);
    return reply(200, {{"data",
                        {{"ciphertext", "vault:v" + std::to_string(version) + ":" + base::base64_encode(box)},
                         {"key_version", version}}}});
  }
  const auto text = body.value("ciphertext", "");
  int version = 0;
  const auto colon = text.find(':', 7);
  if (!text.starts_with("vault:v") || colon == std::string::npos) return refuse(400, "invalid ciphertext: no prefix");
  std::from_chars(text.data() + 7, text.data() + colon, version);
  if (version < least_decryption_)
    return refuse(400, "ciphertext or signature version is disallowed by policy (too old)");
  if (version < 1 || version > latest) return refuse(400, "invalid key version");
  const auto box = base::base64_decode(text.substr(colon + 1));
  if (!box) return refuse(400, "invalid ciphertext: could not decode base64");
  const auto plain = crypto::open_column(versions_[static_cast<std::size_t>(version) - 1].key, context(body), *box);
  if (!plain) return refuse(400, "cipher: message authentication failed");
  return reply(200, {{"data", {{"plaintext", base::base64_encode(plain->reveal())}}}});
}

}  // namespace support
