#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"

/// Bodies and answers of the sign-in routes.
namespace identity {

struct PersonView {
  std::string id;
  std::string name;
  std::optional<std::string> email;
  bool is_operator{false};
  bool disabled{false};
  std::optional<std::string> theme;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("email", email, "As the provider told it; null before one did");
    f.required("is_operator", is_operator, "Whether they run this installation");
    f.required("disabled", disabled);
    f.required("theme", theme, "How the dashboard looks: system, light or dark; null before it was chosen");
  }
};

struct CredentialView {
  std::string kind;
  std::string id;
  base::UtcTime expires_at;
  std::string scope;
  std::vector<std::string> projects;
  std::optional<base::UtcTime> fresh_until;
  bool second_factor{false};
  template <class F>
  void map(F& f) {
    f.required("kind", kind, "session, personal_token, organization_token or cli");
    f.required("id", id);
    f.required("expires_at", expires_at);
    f.required("scope", scope, "read, deploy, write or admin; each includes those before it");
    f.required("projects", projects, "What a token is narrowed to; empty: everything the role reaches");
    f.required("fresh_until", fresh_until,
               "Until when what needs a fresh proof is possible; null for programs and when it is over");
    f.required("second_factor", second_factor);
  }
};

struct MeView {
  std::optional<PersonView> person;
  CredentialView credential;
  bool totp_on{false};
  template <class F>
  void map(F& f) {
    f.required("person", person, "null for an organization's token");
    f.required("credential", credential);
    f.required("totp_on", totp_on);
  }
};

struct ProfileBody {
  std::optional<std::string> name;
  std::optional<std::string> theme;
  template <class F>
  void map(F& f) {
    f.optional("name", name, "1 to 100 characters");
    f.optional("theme", theme, "system, light or dark: how the dashboard looks in each of your browsers");
  }
};

struct SessionItem {
  std::string id;
  std::string device;
  std::string address;
  base::UtcTime created_at;
  base::UtcTime last_used_at;
  base::UtcTime expires_at;
  bool second_factor{false};
  bool current{false};
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("device", device, "What the browser said it is, e.g. Firefox on Linux");
    f.required("address", address);
    f.required("created_at", created_at);
    f.required("last_used_at", last_used_at, "To within five minutes");
    f.required("expires_at", expires_at);
    f.required("second_factor", second_factor);
    f.required("current", current, "Whether this request came with it");
  }
};

struct EndedView {
  std::int64_t ended{0};
  template <class F>
  void map(F& f) {
    f.required("ended", ended, "How many it were");
  }
};

struct CliItem {
  std::string id;
  std::string client;
  std::string address;
  base::UtcTime created_at;
  base::UtcTime last_used_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("client", client);
    f.required("address", address);
    f.required("created_at", created_at);
    f.required("last_used_at", last_used_at);
  }
};

struct CreateTokenBody {
  std::string name;
  std::string scope;
  std::vector<std::string> projects;
  int days{90};
  template <class F>
  void map(F& f) {
    f.required("name", name, "1 to 100 characters");
    f.required("scope", scope, "read, deploy, write or admin; each includes those before it");
    f.defaulted("projects", projects, "Ids of projects; empty: everything the role reaches");
    f.defaulted("days", days, "How long it lives: 1 to 366");
  }
};

struct TokenItem {
  std::string id;
  std::string name;
  std::string prefix;
  std::string scope;
  std::vector<std::string> projects;
  base::UtcTime created_at;
  base::UtcTime expires_at;
  std::optional<base::UtcTime> last_used_at;
  std::string made_by;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("prefix", prefix, "The token's first letters");
    f.required("scope", scope);
    f.required("projects", projects);
    f.required("created_at", created_at);
    f.required("expires_at", expires_at);
    f.required("last_used_at", last_used_at, "To within five minutes; null: never");
    f.required("made_by", made_by);
  }
};

struct NewTokenView {
  std::string token;
  TokenItem info;
  template <class F>
  void map(F& f) {
    f.required("token", token, "Shown this once");
    f.required("info", info);
  }
};

struct AddSshKeyBody {
  std::string name;
  std::string public_key;
  template <class F>
  void map(F& f) {
    f.defaulted("name", name, "1 to 100 characters; empty: the key's comment");
    f.required("public_key", public_key, "The line of a .pub file: ssh-ed25519 AAAA... you@machine");
  }
};

struct SshKeyItem {
  std::string id;
  std::string name;
  std::string algorithm;
  std::string fingerprint;
  base::UtcTime created_at;
  std::optional<base::UtcTime> last_used_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("algorithm", algorithm, "ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa ...");
    f.required("fingerprint", fingerprint, "SHA256:..., as ssh-keygen -l prints it");
    f.required("created_at", created_at);
    f.required("last_used_at", last_used_at, "null: never");
  }
};

struct TotpView {
  bool on{false};
  std::optional<base::UtcTime> since;
  std::int64_t recovery_codes_left{0};
  template <class F>
  void map(F& f) {
    f.required("on", on);
    f.required("since", since);
    f.required("recovery_codes_left", recovery_codes_left);
  }
};

struct EnrolmentView {
  std::string secret;
  std::string uri;
  std::string qr_svg;
  template <class F>
  void map(F& f) {
    f.required("secret", secret, "The key, to be typed: base32");
    f.required("uri", uri, "otpauth://");
    f.required("qr_svg", qr_svg, "The same as a QR code: an SVG document without script or style");
  }
};

struct CodeBody {
  std::string code;
  template <class F>
  void map(F& f) {
    f.required("code", code, "Six digits of the authenticator, or a recovery code");
  }
};

struct RecoveryCodesView {
  std::vector<std::string> recovery_codes;
  template <class F>
  void map(F& f) {
    f.required("recovery_codes", recovery_codes, "Each works once; shown this once");
  }
};

struct ReturnView {
  std::string return_to;
  template <class F>
  void map(F& f) {
    f.required("return_to", return_to, "A path of the dashboard to go on at");
  }
};

struct AskDeviceBody {
  std::string client;
  template <class F>
  void map(F& f) {
    f.required("client", client, "What asks, as the person will see it");
  }
};

struct DeviceCodeView {
  std::string device_code;
  std::string user_code;
  std::string verification_uri;
  std::string verification_uri_complete;
  std::int64_t expires_in{0};
  std::int64_t interval{0};
  template <class F>
  void map(F& f) {
    f.required("device_code", device_code, "The program's secret");
    f.required("user_code", user_code, "What the person compares");
    f.required("verification_uri", verification_uri, "Where a browser goes");
    f.required("verification_uri_complete", verification_uri_complete, "The same with the code in it");
    f.required("expires_in", expires_in, "Seconds");
    f.required("interval", interval, "Seconds between two polls at least");
  }
};

struct DeviceTokenBody {
  std::optional<std::string> device_code;
  std::optional<std::string> refresh_token;
  template <class F>
  void map(F& f) {
    f.optional("device_code", device_code, "Either this: answers authorization_pending until somebody decided");
    f.optional("refresh_token", refresh_token, "or this");
  }
};

struct CliTokensView {
  std::string access_token;
  std::string refresh_token;
  std::string token_type{"Bearer"};
  std::int64_t expires_in{0};
  template <class F>
  void map(F& f) {
    f.required("access_token", access_token);
    f.required("refresh_token", refresh_token, "Works once; one that comes again ends the sign-in");
    f.required("token_type", token_type);
    f.required("expires_in", expires_in, "Seconds that the access token lives");
  }
};

struct DecideDeviceBody {
  std::string user_code;
  bool approve{false};
  template <class F>
  void map(F& f) {
    f.required("user_code", user_code);
    f.required("approve", approve);
  }
};

struct DeviceRequestView {
  std::string client;
  std::string address;
  base::UtcTime asked_at;
  std::string purpose;
  template <class F>
  void map(F& f) {
    f.required("client", client);
    f.required("address", address, "Where the program asks from");
    f.required("asked_at", asked_at);
    f.required("purpose", purpose, "sign_in; or prove: it is signed in and asks for a fresh proof that it is you");
  }
};

}  // namespace identity
