#include "tests/integration/control_plane/people.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "tests/integration/http/raw_client.hpp"

namespace control_plane_test {
namespace {

std::string quoted(const std::string& text) {
  return "'" + text + "'";
}

std::string bytes_of_sha(const std::string& token) {
  return "decode('" + crypto::sha256_hex(token) + "', 'hex')";
}

}  // namespace

std::string Said::code() const {
  const std::string_view key = "\"code\":\"";
  const auto at = body.find(key);
  if (at == std::string::npos) return {};
  return body.substr(at + key.size(), body.find('"', at + key.size()) - at - key.size());
}

People::People(World& world) : world_(world) {
  world_.sign_in();
}

base::OrganizationId People::organization(const std::string& slug) {
  const auto known = world_.database.value("SELECT id FROM organizations WHERE slug = " + quoted(slug));
  if (!known.empty()) return *base::OrganizationId::parse(known);
  const auto id = base::OrganizationId::make(world_.clock);
  world_.database.run("INSERT INTO organizations (id, slug, name) VALUES (" + quoted(id.to_string()) + "," +
                      quoted(slug) + "," + quoted(slug) + ")");
  return id;
}

Caller People::person(const std::string& name, const std::string& organization_slug, const std::string& role) {
  Caller caller{name, base::PersonId::make(world_.clock), {}};
  const auto id = quoted(caller.person.to_string());
  const auto token = "session-of-" + caller.person.to_string();
  world_.database.run("INSERT INTO people (id, name) VALUES (" + id + "," + quoted(name) + ")");
  world_.database.run("INSERT INTO sessions (id, person_id, token_sha256, expires_at) VALUES (gen_random_uuid(), " +
                      id + ", " + bytes_of_sha(token) + ", now() + interval '1 day')");
  if (!role.empty()) {
    world_.database.run("INSERT INTO memberships (organization_id, person_id, role) VALUES (" +
                        quoted(organization(organization_slug).to_string()) + "," + id + "," + quoted(role) + ")");
  }
  caller.headers = {{"Cookie", "wh_session=" + token}, {"X-WH-CSRF", "1"}};
  return caller;
}

Caller People::token(const Caller& of, const std::string& scope) {
  const auto text = "wh_pat_" + scope + "-" + of.person.to_string();
  world_.database.run(
      "INSERT INTO tokens (id, person_id, name, prefix, token_sha256, scope, expires_at) VALUES (gen_random_uuid(), " +
      quoted(of.person.to_string()) + ", 'test', 'wh_pat_test', " + bytes_of_sha(text) + ", " + quoted(scope) +
      ", now() + interval '1 day')");
  return {of.name + "'s " + scope + " token", of.person, {{"Authorization", "Bearer " + text}}};
}

Caller People::operator_() {
  return {"operator",
          world_.sign_in().actor.person,
          {{"Cookie", "wh_session=" + world_.session_token}, {"X-WH-CSRF", "1"}}};
}

auth::Call People::call(const Caller& caller, const std::string& organization_slug) {
  auth::Call call;
  call.now = world_.clock.utc_now();
  call.request_id = "test";
  auth::Principal principal;
  principal.person = caller.person;
  principal.name = caller.name;
  principal.proved_at = call.now;
  auto membership =
      world_.tx([&](Tx& tx) { return world_.modules.memberships.look_up(tx, principal, organization_slug, call.now); });
  call.actor = auth::Actor::of(std::move(principal), membership ? std::optional(*membership) : std::nullopt);
  return call;
}

Said People::ask(const Caller& caller, const std::string& method, const std::string& target, const std::string& body,
                 std::vector<std::pair<std::string, std::string>> more) {
  http_test::RawClient client(world_.api_port());
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
  const bool upgrades = !more.empty() && more.front().first == "Upgrade";
  if (!upgrades) text += "Connection: close\r\n";
  for (const auto& [name, value] : caller.headers) text += name + ": " + value + "\r\n";
  for (const auto& [name, value] : more) text += name + ": " + value + "\r\n";
  const bool says_type = std::ranges::any_of(more, [](const auto& header) { return header.first == "Content-Type"; });
  if (!body.empty() && !says_type) text += "Content-Type: application/json\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  client.send(text + "\r\n" + body);
  Said said;
  said.head = client.read_until("\r\n\r\n");
  if (said.head.size() > 12) said.status = std::stoi(said.head.substr(9, 3));
  const bool endless = said.head.find("text/event-stream") != std::string::npos;
  if (!endless && said.status != 101 && said.status != 204) said.body = client.read_to_end();
  return said;
}

Said People::upgrade(const Caller& caller, const std::string& target, const std::string& origin) {
  std::vector<std::pair<std::string, std::string>> more{{"Upgrade", "websocket"},
                                                        {"Connection", "Upgrade"},
                                                        {"Sec-WebSocket-Version", "13"},
                                                        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  if (!origin.empty()) more.emplace_back("Origin", origin);
  auto browser = caller;
  std::erase_if(browser.headers, [](const auto& header) { return header.first == "X-WH-CSRF"; });
  return ask(browser, "GET", target, "", std::move(more));
}

}  // namespace control_plane_test
