#include <nlohmann/json.hpp>
#include <utility>

#include "control-plane/platform/http/message.hpp"
#include "control-plane/platform/http/refusal.hpp"

namespace http {
namespace {

Response document(const Refusal& refusal, const std::vector<base::FieldError>& fields, const std::string& request_id) {
  nlohmann::ordered_json json;
  json["type"] = "urn:wisehosting:problem:" + refusal.code;
  json["title"] = reason_phrase(refusal.status);
  json["status"] = refusal.status;
  json["code"] = refusal.code;
  json["detail"] = refusal.message;
  auto& errors = json["errors"] = nlohmann::ordered_json::array();
  for (const auto& field : fields) {
    errors.push_back(nlohmann::ordered_json{{"pointer", field.pointer}, {"message", field.message}});
  }
  json["request_id"] = request_id;

  Response response;
  response.status = refusal.status;
  // Text that came from outside may not be UTF-8: it must not be able to break the answer.
  response.body = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  response.set_header("Content-Type", "application/problem+json");
  response.set_header("Cache-Control", "no-store");
  if (refusal.status == 401) response.set_header("WWW-Authenticate", "Bearer realm=\"wisehosting\"");
  if (refusal.status == 429 || refusal.status == 503) response.set_header("Retry-After", "5");
  return response;
}

}  // namespace

int status_of(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::malformed: return 400;
    case base::ErrorKind::unauthenticated: return 401;
    case base::ErrorKind::forbidden: return 403;
    case base::ErrorKind::not_found: return 404;
    case base::ErrorKind::conflict: return 409;
    case base::ErrorKind::precondition_failed: return 412;
    case base::ErrorKind::too_large: return 413;
    case base::ErrorKind::unsupported: return 415;
    case base::ErrorKind::invalid: return 422;
    case base::ErrorKind::rate_limited: return 429;
    case base::ErrorKind::unavailable: return 503;
    case base::ErrorKind::timeout: return 504;
    case base::ErrorKind::internal: return 500;
  }
  std::unreachable();
}

Response problem(const base::Error& error, const std::string& request_id) {
  return document(Refusal{status_of(error.kind), error.code, error.message}, error.fields, request_id);
}

Response problem(const Refusal& refusal, const std::string& request_id) {
  return document(refusal, {}, request_id);
}

const char* reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

}  // namespace http
