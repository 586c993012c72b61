#include "tests/integration/identity/browser.hpp"

#include "common/base/failure.hpp"
#include "common/crypto/one_time_code.hpp"
#include "common/http_client/client.hpp"

namespace identity_test {
namespace {

std::string base32_decode(const std::string& text) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    held = (held << 5U) | static_cast<std::uint32_t>(letters.find(c));
    bits += 5;
    if (bits >= 8) {
      bytes.push_back(static_cast<char>((held >> (bits - 8)) & 0xFFU));
      bits -= 8;
    }
  }
  return bytes;
}

}  // namespace

Answer Browser::send(const std::string& method, const std::string& target, const std::string& body) {
  http_client::Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.headers.emplace_back("User-Agent", user_agent);
  if (!bearer.empty()) request.headers.emplace_back("Authorization", "Bearer " + bearer);
  std::string jar;
  for (const auto& [name, value] : cookies) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
  if (!jar.empty() && bearer.empty()) request.headers.emplace_back("Cookie", jar);
  if (method != "GET") request.headers.emplace_back("X-WH-CSRF", "1");
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  http_client::Client client(world_.server.executor(), http_client::Endpoint::tcp("127.0.0.1", world_.api_port()),
                             world_.server.clock());
  auto response = world_.server.run(client.send(std::move(request), world_.server.soon()));
  if (!response) throw base::Failure("the API did not answer: " + response.error().message);
  Answer answer{response->status, response->body, "", {}, {}};
  if (const auto location = response->header("Location")) answer.location = *location;
  for (const auto& [name, value] : response->headers) {
    if (!http_client::same_name(name, "Set-Cookie")) continue;
    answer.cookies.push_back(value);
    const auto equals = value.find('=');
    const auto end = value.find(';');
    const auto key = value.substr(0, equals);
    const auto kept = value.substr(equals + 1, end - equals - 1);
    if (kept.empty()) {
      cookies.erase(key);
    } else {
      cookies[key] = kept;
    }
  }
  if (auto json = json::parse_strict(answer.body)) answer.json = *std::move(json);
  return answer;
}

void Browser::set_up() {
  const auto token = world_.plain([&](Tx& tx) { return world_.modules.identity.make_setup_token(tx); });
  const auto answer = post("/api/v1/setup", "{\"token\":\"" + token + "\"}");
  if (answer.status != 200) throw base::Failure("setup failed: " + answer.body);
}

std::string code_of(const std::string& secret, base::UtcTime time) {
  return crypto::hotp(base32_decode(secret), crypto::code_step(time));
}

}  // namespace identity_test
