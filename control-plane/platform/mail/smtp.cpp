#include "control-plane/platform/mail/smtp.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"

namespace mail {
namespace {

constexpr std::string_view kPlain = "smtp+plain://";
constexpr std::string_view kStartTls = "smtp://";
constexpr std::string_view kTls = "smtps://";

struct EasyRelease {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListRelease {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Upload {
  std::string text;
  std::size_t at{0};
};

std::size_t read_upload(char* out, std::size_t size, std::size_t count, void* state) {
  auto& upload = *static_cast<Upload*>(state);
  const auto length = std::min(size * count, upload.text.size() - upload.at);
  std::memcpy(out, upload.text.data() + upload.at, length);
  upload.at += length;
  return length;
}

/// RFC 2045 6.8: at most 76 letters a line.
std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t kLine = 57;
  std::string lines;
  for (std::size_t at = 0; at < bytes.size(); at += kLine) {
    lines += base::base64_encode(bytes.substr(at, kLine)) + "\r\n";
  }
  return lines;
}

bool is_character_start(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// RFC 2047: encoded words of at most 75 letters, none of which cuts a character.
std::string encoded_words(const std::string& text) {
  constexpr std::size_t kMost = 42;
  std::string words;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.size(), at + kMost);
    while (end < text.size() && end > at + 1 && !is_character_start(text[end])) --end;
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base::base64_encode(std::string_view(text).substr(at, end - at)) + "?=";
    at = end;
  }
  return words;
}

std::string mail_date(base::UtcTime time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64] = {};
  // The C locale: this process never sets another.
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

std::string domain_of(const std::string& address) {
  return address.substr(address.rfind('@') + 1);
}

std::string curl_url(const std::string& url) {
  return url.starts_with(kPlain) ? std::string(kStartTls) + url.substr(kPlain.size()) : url;
}

/// 5xx answers of the server to what we said: saying it again helps nobody.
bool is_final(CURLcode code, long answer) {
  return answer >= 500 && answer < 600 && code != CURLE_LOGIN_DENIED && code != CURLE_USE_SSL_FAILED;
}

void configure(CURL* handle, const Server& server, std::chrono::seconds patience) {
  const auto set = [&](CURLoption option, auto value) {
    if (curl_easy_setopt(handle, option, value) != CURLE_OK) throw base::Failure("libcurl refuses an option");
  };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_URL, curl_url(server.url).c_str());
  set(CURLOPT_TIMEOUT, static_cast<long>(patience.count()));
  set(CURLOPT_CONNECTTIMEOUT, std::min(10L, static_cast<long>(patience.count())));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_USE_SSL, static_cast<long>(server.url.starts_with(kPlain) ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!server.ca_pem.empty()) {
    curl_blob blob{const_cast<char*>(server.ca_pem.data()), server.ca_pem.size(), CURL_BLOB_COPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!server.username.empty()) {
    set(CURLOPT_USERNAME, server.username.c_str());
    set(CURLOPT_PASSWORD, std::string(server.password.reveal()).c_str());
  }
}

}  // namespace

base::Result<void> check_url(const std::string& url) {
  const auto wrong = [] {
    return base::invalid("/url",
                         "The mail server is smtps://host (TLS), smtp://host (STARTTLS) or smtp+plain://host (in the "
                         "clear), with a port where it is not the usual one.");
  };
  for (const std::string_view scheme : {kPlain, kStartTls, kTls}) {
    if (!url.starts_with(scheme)) continue;
    const auto rest = std::string_view(url).substr(scheme.size());
    const bool plain = std::ranges::all_of(rest, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
             c == ':' || c == '[' || c == ']';
    });
    if (rest.empty() || rest.size() > 260 || !plain || rest.front() == '-') return wrong();
    return {};
  }
  return wrong();
}

base::Result<void> check_address(const std::string& field, const std::string& address) {
  const auto at = address.find('@');
  const auto is_fine = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7F && std::string_view("<>()[]\\,;:\"@").find(c) == std::string_view::npos;
  };
  const auto local = std::string_view(address).substr(0, at);
  const auto domain = at == std::string::npos ? std::string_view() : std::string_view(address).substr(at + 1);
  const bool fine = !local.empty() && local.size() <= 64 && !domain.empty() && domain.size() <= 255 &&
                    local.front() != '-' && std::ranges::all_of(local, is_fine) && std::ranges::all_of(domain, is_fine);
  if (fine) return {};
  return base::invalid(field, "An e-mail address looks like name@example.com.");
}

std::string render(const Message& message, const std::string& sender) {
  std::string text;
  text += "From: WiseHosting <" + sender + ">\r\n";
  text += "To: <" + message.recipient + ">\r\n";
  text += "Subject: " + encoded_words(message.subject) + "\r\n";
  text += "Date: " + mail_date(message.date) + "\r\n";
  text += "Message-ID: <" + message.id + "@" + domain_of(sender) + ">\r\n";
  text += "Auto-Submitted: auto-generated\r\n";
  text += "MIME-Version: 1.0\r\n";
  text += "Content-Type: text/plain; charset=utf-8\r\n";
  text += "Content-Transfer-Encoding: base64\r\n\r\n";
  std::string body;
  for (const char c : message.body) body += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return text + base64_lines(body);
}

base::Result<void> blocking_send(const Server& server, const Message& message, std::chrono::seconds patience) {
  TRY_CHECK(check_url(server.url));
  TRY_CHECK(check_address("/sender", server.sender));
  TRY_CHECK(check_address("/recipient", message.recipient));
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, EasyRelease> handle(curl_easy_init());
  if (!handle) throw base::Failure("libcurl could not be started");
  configure(handle.get(), server, patience);
  Upload upload{render(message, server.sender)};
  const std::string from = "<" + server.sender + ">";
  const std::unique_ptr<curl_slist, ListRelease> to(
      curl_slist_append(nullptr, ("<" + message.recipient + ">").c_str()));
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, &read_upload);
  curl_easy_setopt(handle.get(), CURLOPT_READDATA, &upload);
  const auto code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) return {};
  long answer = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer);
  const std::string why = std::string(curl_easy_strerror(code)) +
                          (answer > 0 ? " (the server's answer: " + std::to_string(answer) + ")" : std::string());
  if (is_final(code, answer)) return base::fail(base::ErrorKind::conflict, "mail.refused", why);
  return base::fail(base::ErrorKind::unavailable, "mail.unavailable", why);
}

}  // namespace mail
