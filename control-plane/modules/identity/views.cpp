#include "control-plane/modules/identity/views.hpp"

namespace identity {
namespace {

std::vector<std::string> ids(const std::vector<base::ProjectId>& projects) {
  std::vector<std::string> texts;
  for (const auto& project : projects) texts.push_back(project.to_string());
  return texts;
}

}  // namespace

PersonView show(const Person& person) {
  return {.id = person.id.to_string(),
          .name = person.name,
          .email = person.email.empty() ? std::nullopt : std::optional(person.email),
          .is_operator = person.is_operator,
          .disabled = person.disabled,
          .theme = person.theme};
}

CredentialView show(const auth::Principal& principal, base::UtcTime now) {
  CredentialView shown{.kind = auth::to_string(principal.kind),
                       .id = principal.credential.to_string(),
                       .expires_at = principal.expires_at,
                       .scope = auth::to_string(principal.scope),
                       .projects = ids(principal.projects),
                       .fresh_until = std::nullopt,
                       .second_factor = principal.second_factor};
  if (auth::require_person_at_hand(principal, now)) shown.fresh_until = *principal.proved_at + auth::kFreshProof;
  return shown;
}

SessionItem show(const SessionInfo& session) {
  return {.id = session.id.to_string(),
          .device = session.device,
          .address = session.address,
          .created_at = session.created_at,
          .last_used_at = session.last_used_at,
          .expires_at = session.expires_at,
          .second_factor = session.second_factor,
          .current = session.current};
}

TokenItem show(const TokenInfo& token) {
  return {.id = token.id.to_string(),
          .name = token.name,
          .prefix = token.prefix,
          .scope = auth::to_string(token.scope),
          .projects = ids(token.projects),
          .created_at = token.created_at,
          .expires_at = token.expires_at,
          .last_used_at = token.last_used_at,
          .made_by = token.made_by};
}

SshKeyItem show(const SshKey& key) {
  return {.id = key.id.to_string(),
          .name = key.name,
          .algorithm = key.algorithm,
          .fingerprint = key.fingerprint,
          .created_at = key.created_at,
          .last_used_at = key.last_used_at};
}

CliItem show(const CliInfo& cli) {
  return {.id = cli.id.to_string(),
          .client = cli.client,
          .address = cli.address,
          .created_at = cli.created_at,
          .last_used_at = cli.last_used_at};
}

DeviceRequestView show(const DeviceRequest& request) {
  return {.client = request.client,
          .address = request.address,
          .asked_at = request.asked_at,
          .purpose = request.proof ? "prove" : "sign_in"};
}

Device device_of(const Cookies& cookies, const api::Input& input, const http::Request& request) {
  auto token = cookies.device_of(request);
  if (token.empty()) token = new_token();
  return {.user_agent = input.user_agent, .address = input.remote_address, .token = std::move(token)};
}

base::Result<base::PersonId> person_id(const std::string& text) {
  const auto id = base::PersonId::parse(text);
  if (!id) return base::not_found("person.not_found", "The person");
  return *id;
}

}  // namespace identity
