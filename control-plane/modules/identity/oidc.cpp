#include "control-plane/modules/identity/oidc.hpp"

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/hmac.hpp"
#include "common/http_client/endpoint.hpp"
#include "common/json/json.hpp"

namespace identity::oidc {
namespace {

const json::Limits kLimits{.depth = 16, .bytes = 256 * 1024, .values = 10'000};

struct Discovery {
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  bool names_issuer{false};
  template <class F>
  void map(F& f) {
    f.required("issuer", issuer);
    f.required("authorization_endpoint", authorization_endpoint);
    f.required("token_endpoint", token_endpoint);
    f.required("jwks_uri", jwks_uri);
    f.defaulted("authorization_response_iss_parameter_supported", names_issuer);
  }
};

struct TokenAnswer {
  std::string id_token;
  template <class F>
  void map(F& f) {
    f.required("id_token", id_token);
  }
};

std::unexpected<base::Error> malformed(const std::string& why) {
  return base::fail(base::ErrorKind::unavailable, "provider.malformed",
                    "The identity provider answers something that is not understood: " + why);
}

bool is_plain_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain_letter(c)) {
      escaped.push_back(c);
    } else {
      escaped += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return escaped;
}

bool is_usable(const std::string& address, bool plain) {
  const auto url = http_client::parse_url(address);
  return url && (url->scheme == "https" || (plain && url->scheme == "http"));
}

}  // namespace

base::Result<Provider> read_discovery(std::string_view document, const std::string& issuer, bool plain) {
  const auto read = json::decode<Discovery>(document, json::Unknown::ignore, kLimits);
  if (!read) return malformed(read.error().message);
  if (read->issuer != issuer) return malformed("it is another issuer's");
  for (const auto* address : {&read->authorization_endpoint, &read->token_endpoint, &read->jwks_uri}) {
    if (!is_usable(*address, plain)) return malformed("an address in it is not https");
  }
  return Provider{read->issuer, read->authorization_endpoint, read->token_endpoint, read->jwks_uri, read->names_issuer};
}

base::Result<void> check_issuer(const std::string& issuer, bool plain) {
  const bool fine = issuer.size() <= 500 && is_usable(issuer, plain) && issuer.back() != '/' &&
                    issuer.find_first_of("?#@") == std::string::npos;
  if (fine) return {};
  return base::invalid("/issuer",
                       "The issuer is the https address that the provider calls itself, without a slash at its end, "
                       "e.g. https://accounts.google.com.");
}

std::vector<std::string> spellings(const std::string& issuer) {
  if (issuer == kGoogle) return {issuer, "accounts.google.com"};
  return {issuer};
}

std::string form(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!text.empty()) text.push_back('&');
    text += escape(name) + "=" + escape(value);
  }
  return text;
}

std::string with_query(const std::string& url, const Parameters& parameters) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + form(parameters);
}

std::string derive(const std::string& use, const std::string& browser_token, const std::string& state) {
  return base::base64url_encode(crypto::hmac_sha256(browser_token, "wisehosting sign-in " + use + "\n" + state));
}

std::string challenge_of(const std::string& verifier) {
  return base::base64url_encode(crypto::sha256(verifier));
}

base::Result<std::string> id_token_of(std::string_view document) {
  auto read = json::decode<TokenAnswer>(document, json::Unknown::ignore, kLimits);
  if (!read) return malformed("it gives no id_token");
  return std::move(read->id_token);
}

std::string basic_authorization(const std::string& client_id, std::string_view client_secret) {
  return "Basic " + base::base64_encode(escape(client_id) + ":" + escape(client_secret));
}

}  // namespace identity::oidc
