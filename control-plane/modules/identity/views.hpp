#pragma once

#include "control-plane/modules/identity/api.hpp"
#include "control-plane/modules/identity/cookies.hpp"
#include "control-plane/modules/identity/devices.hpp"
#include "control-plane/modules/identity/service.hpp"
#include "control-plane/modules/identity/ssh_keys.hpp"
#include "control-plane/modules/identity/tokens.hpp"
#include "control-plane/platform/api/api.hpp"

/// From the module's own types to what the API shows.
namespace identity {

PersonView show(const Person& person);
CredentialView show(const auth::Principal& principal, base::UtcTime now);
SessionItem show(const SessionInfo& session);
TokenItem show(const TokenInfo& token);
SshKeyItem show(const SshKey& key);
CliItem show(const CliInfo& cli);
DeviceRequestView show(const DeviceRequest& request);

/// What the request tells of its device; a browser without its cookie gets a fresh one.
Device device_of(const Cookies& cookies, const api::Input& input, const http::Request& request);

/// Of a path; error `not_found` when it is no id at all.
base::Result<base::PersonId> person_id(const std::string& text);

}  // namespace identity
