#pragma once

#include "control-plane/modules/identity/attempts.hpp"
#include "control-plane/modules/identity/cookies.hpp"
#include "control-plane/modules/identity/devices.hpp"
#include "control-plane/modules/identity/route_actions.hpp"
#include "control-plane/modules/identity/second_factor.hpp"
#include "control-plane/modules/identity/service.hpp"
#include "control-plane/modules/identity/ssh_keys.hpp"
#include "control-plane/modules/identity/tokens.hpp"
#include "control-plane/platform/api/api.hpp"

namespace identity {

/// Account, sessions, tokens, SSH keys, second factor, device codes.
struct Routes {
  Service& people;
  Tokens& tokens;
  SshKeys& ssh_keys;
  SecondFactor& second_factor;
  Devices& devices;
  audit::Log& audit;
  Attempts& attempts;
  Cookies cookies;
  std::string public_url;

  void add(api::Api& api);

 private:
  void add_account(api::Api& api);
  void add_sessions(api::Api& api);
  void add_tokens(api::Api& api);
  void add_organization_tokens(api::Api& api);
  void add_ssh_keys(api::Api& api);
  void add_totp(api::Api& api);
  void add_totp_changes(api::Api& api);
  void add_proof(api::Api& api);
  void add_devices(api::Api& api);
  void add_device_decisions(api::Api& api);
};

}  // namespace identity
