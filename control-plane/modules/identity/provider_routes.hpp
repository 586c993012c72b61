#pragma once

#include "control-plane/modules/identity/attempts.hpp"
#include "control-plane/modules/identity/cookies.hpp"
#include "control-plane/modules/identity/provider_client.hpp"
#include "control-plane/modules/identity/provider_settings.hpp"
#include "control-plane/modules/identity/sign_in.hpp"
#include "control-plane/modules/mail/courier.hpp"
#include "control-plane/platform/api/api.hpp"

namespace identity {

/// The way to the identity provider and back; its settings and those of mail, for whoever runs the installation.
struct ProviderRoutes {
  Service& people;
  Credentials& credentials;
  Providers& providers;
  ProviderClient& client;
  SignIns& sign_ins;
  audit::Log& audit;
  Attempts& attempts;
  mail::Outbox& outbox;
  mail::Courier& courier;
  Cookies cookies;
  std::string public_url;

  void add(api::Api& api);
  std::string redirect_uri() const { return public_url + "/api/v1/sign-in/callback"; }

 private:
  void add_sign_in(api::Api& api);
  void add_identities(api::Api& api);
  void add_settings(api::Api& api);
  void add_mail(api::Api& api);
};

}  // namespace identity
