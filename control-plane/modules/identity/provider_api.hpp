#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/secret.hpp"
#include "common/json/json.hpp"

/// Bodies and answers of the routes about identity providers and mail.
namespace identity {

struct SignInView {
  bool ready{false};
  std::optional<std::string> issuer;
  bool is_google{false};
  template <class F>
  void map(F& f) {
    f.required("ready", ready, "Whether a provider is connected; else a setup link is the only way in");
    f.required("issuer", issuer);
    f.required("is_google", is_google);
  }
};

struct StartBody {
  std::string purpose;
  std::optional<std::string> return_to;
  template <class F>
  void map(F& f) {
    f.required("purpose", purpose, "link: this provider's account becomes yours too; prove: that it is still you");
    f.optional("return_to", return_to, "A path of the dashboard to come back to");
  }
};

struct LocationView {
  std::string location;
  template <class F>
  void map(F& f) {
    f.required("location", location, "Where the browser goes now");
  }
};

struct IdentityItem {
  std::string issuer;
  std::string subject;
  std::string email;
  base::UtcTime created_at;
  base::UtcTime last_sign_in_at;
  template <class F>
  void map(F& f) {
    f.required("issuer", issuer);
    f.required("subject", subject);
    f.required("email", email);
    f.required("created_at", created_at);
    f.required("last_sign_in_at", last_sign_in_at);
  }
};

struct UnlinkBody {
  std::string issuer;
  std::string subject;
  template <class F>
  void map(F& f) {
    f.required("issuer", issuer);
    f.required("subject", subject);
  }
};

struct ProviderView {
  std::string issuer;
  std::string client_id;
  std::vector<std::string> allowed_domains;
  std::vector<std::string> allowed_emails;
  bool from_configuration{false};
  std::string redirect_uri;
  template <class F>
  void map(F& f) {
    f.required("issuer", issuer);
    f.required("client_id", client_id, "Empty before a provider is connected");
    f.required("allowed_domains", allowed_domains, "Both lists empty: everyone with an account at the provider");
    f.required("allowed_emails", allowed_emails);
    f.required("from_configuration", from_configuration, "Set in the server's configuration file: not changed here");
    f.required("redirect_uri", redirect_uri, "What the provider has to know as redirect address");
  }
};

struct ProviderBody {
  std::string issuer{"https://accounts.google.com"};
  std::string client_id;
  std::optional<base::SecretString> client_secret;
  std::vector<std::string> allowed_domains;
  std::vector<std::string> allowed_emails;
  template <class F>
  void map(F& f) {
    f.defaulted("issuer", issuer, "Google's when absent");
    f.required("client_id", client_id);
    f.optional("client_secret", client_secret, "Never shown again. Absent: stays, if issuer and client do");
    f.defaulted("allowed_domains", allowed_domains);
    f.defaulted("allowed_emails", allowed_emails);
  }
};

struct MailView {
  bool set_up{false};
  std::string url;
  std::string username;
  bool has_password{false};
  std::string sender;
  template <class F>
  void map(F& f) {
    f.required("set_up", set_up);
    f.required("url", url);
    f.required("username", username);
    f.required("has_password", has_password);
    f.required("sender", sender);
  }
};

struct MailBody {
  std::string url;
  std::string username;
  std::optional<base::SecretString> password;
  std::string sender;
  template <class F>
  void map(F& f) {
    f.required("url", url, "smtps://host (TLS), smtp://host (STARTTLS) or smtp+plain://host (in the clear)");
    f.defaulted("username", username);
    f.optional("password", password, "Never shown again. Absent: stays, if server and user do");
    f.required("sender", sender, "The address that mails come from");
  }
};

struct MailTestBody {
  std::string recipient;
  template <class F>
  void map(F& f) {
    f.required("recipient", recipient);
  }
};

}  // namespace identity
