#include "worker-agent/edge/pages.hpp"

#include <string_view>

namespace edge {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--bg:#f7f7f5;--ink:#22252b;--soft:#5d626c;--line:#dfe0dc}"
    "@media (prefers-color-scheme:dark){:root{--bg:#16181c;--ink:#e8e9ec;--soft:#a0a5b0;--line:#2c3037}}"
    "*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:2rem;"
    "background:var(--bg);color:var(--ink);font:16px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    "main{max-width:32rem}h1{font-size:1.5rem;line-height:1.3;margin:0 0 .75rem;font-weight:600}"
    "p{margin:0 0 .75rem;color:var(--soft)}"
    "small{display:block;margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft)}";

std::string html(int status, std::string_view title, std::string_view lead, std::string_view hint) {
  std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">";
  page += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">";
  page += "<meta name=\"robots\" content=\"noindex\"><title>";
  page += title;
  page += "</title><style>";
  page += kStyle;
  page += "</style></head><body><main><h1>";
  page += title;
  page += "</h1><p>";
  page += lead;
  page += "</p><p>";
  page += hint;
  page += "</p><small>";
  page += std::to_string(status);
  page += " · WiseHosting edge</small></main></body></html>\n";
  return page;
}

Page page(int status, std::string_view title, std::string_view lead, std::string_view hint) {
  Page result;
  result.html = html(status, title, lead, hint);
  result.text =
      std::to_string(status) + " " + std::string(title) + ". " + std::string(lead) + " " + std::string(hint) + "\n";
  return result;
}

std::string_view reason(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Error";
  }
}

}  // namespace

Page no_site_page() {
  return page(404, "There is no site at this address", "No app on this server has this host name.",
              "Check the spelling. If the app is yours, its page in the dashboard shows the right address.");
}

Page no_replica_page() {
  return page(503, "This site is not running right now", "The app exists, but none of its replicas takes requests.",
              "Try again in a moment. If the app is yours, its page in the dashboard says why.");
}

Page too_many_requests_page() {
  return page(429, "Too many requests", "This site takes only so many requests from one address.",
              "Wait a moment, then try again more slowly.");
}

Page failed_page(int status) {
  switch (status) {
    case 400:
      return page(status, "This request could not be read",
                  "It is not a valid HTTP/1.1 request, or its headers are too large.",
                  "Clearing the cookies of this site may help.");
    case 408: return page(status, "The request took too long", "It did not arrive in time.", "Try again.");
    case 413: return page(status, "The request is too large", "It announces a body of absurd length.", "Send less.");
    case 504:
      return page(status, "The site took too long to answer", "The app did not answer in time.",
                  "Try again in a moment.");
    default:
      return page(status, "The site could not answer",
                  "The app closed the connection or sent something that is not HTTP.",
                  "Try again in a moment. If the app is yours, its logs say more.");
  }
}

std::string error_file(int status, const Page& page) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason(status)) + "\r\n";
  text += "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: ";
  text += std::to_string(page.html.size()) + "\r\n\r\n" + page.html;
  return text;
}

}  // namespace edge
