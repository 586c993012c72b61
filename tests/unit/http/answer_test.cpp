#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control-plane/platform/http/message.hpp"
#include "control-plane/platform/http/response_head.hpp"
#include "control-plane/platform/http/static_files.hpp"

namespace {

using base::ErrorKind;

http::ResponseContext context(std::string path) {
  return {"req-1", std::move(path), true, true, false, *base::parse_utc("2026-11-21T08:49:37.000Z")};
}

TEST(Problem, has_every_kind_in_one_table) {
  const std::map<ErrorKind, int> expected{
      {ErrorKind::malformed, 400},    {ErrorKind::unauthenticated, 401}, {ErrorKind::forbidden, 403},
      {ErrorKind::not_found, 404},    {ErrorKind::conflict, 409},        {ErrorKind::precondition_failed, 412},
      {ErrorKind::too_large, 413},    {ErrorKind::unsupported, 415},     {ErrorKind::invalid, 422},
      {ErrorKind::rate_limited, 429}, {ErrorKind::unavailable, 503},     {ErrorKind::timeout, 504},
      {ErrorKind::internal, 500}};

  for (const auto& [kind, status] : expected) EXPECT_EQ(http::status_of(kind), status);
}

TEST(Problem, is_a_document_of_rfc_9457) {
  const base::Error error(ErrorKind::invalid, "invalid", "The name is not usable.", {{"/name", "too long"}});

  const auto response = http::problem(error, "req-1");

  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.header("content-type"), "application/problem+json");
  EXPECT_EQ(
      response.body,
      R"({"type":"urn:wisehosting:problem:invalid","title":"Unprocessable Content","status":422,"code":"invalid",)"
      R"("detail":"The name is not usable.","errors":[{"pointer":"/name","message":"too long"}],)"
      R"("request_id":"req-1"})");
}

TEST(Problem, stays_json_when_a_message_is_not_utf8) {
  const auto response = http::problem(base::Error(ErrorKind::malformed, "x", "bad \xff byte"), "req-1");

  EXPECT_TRUE(nlohmann::json::accept(response.body));
}

TEST(Answer, carries_id_date_and_safety_headers) {
  const auto head = http::response_head(http::json_response(200, "{}"), context("/api/v1/session"), 2);

  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
  for (const auto* line :
       {"Date: Sat, 21 Nov 2026 08:49:37 GMT\r\n", "X-Request-Id: req-1\r\n", "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n", "Cache-Control: no-store\r\n", "Content-Length: 2\r\n"}) {
    EXPECT_NE(head.find(line), std::string::npos) << line;
  }
}

TEST(Answer, keeps_what_the_handler_set_and_gives_pages_the_strict_policy) {
  auto response = http::text_response(200, "<html>", "text/html; charset=utf-8");
  response.set_header("Cache-Control", "no-cache");

  const auto head = http::response_head(response, context("/api/docs"), 6);

  EXPECT_EQ(head.find("no-store"), std::string::npos);
  EXPECT_NE(head.find("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
                      "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
                      "object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'\r\n"),
            std::string::npos);
}

TEST(Answer, lets_no_header_break_its_line) {
  auto response = http::json_response(200, "{}");
  response.set_header("X-Name", "a\r\nSet-Cookie: evil=1");
  response.set_header("Content-Length", "99");

  const auto head = http::response_head(response, context("/"), 2);

  EXPECT_EQ(head.find("evil"), std::string::npos);
  EXPECT_EQ(head.find("99"), std::string::npos);
}

TEST(Sse, splits_data_into_lines_and_keeps_names_on_one) {
  EXPECT_EQ(http::sse_event("log", "a\nb\r\nc", "7"), "id: 7\nevent: log\ndata: a\ndata: b\ndata: c\n\n");
  EXPECT_EQ(http::sse_event("lo\ng", ""), "event: log\ndata: \n\n");
}

http::StaticFiles files() {
  return http::StaticFiles({{"/index.html", {"<html>", "", "", "text/html; charset=utf-8", false}},
                            {"/docs/mail.html", {"<h1>Mail", "", "", "text/html; charset=utf-8", false}},
                            {"/assets/app-1a2b.js", {"script", "gz", "br", "text/javascript", true}}});
}

http::Request get(std::string path, http::Headers headers = {}) {
  http::Request request;
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

TEST(StaticFiles, serves_the_smallest_form_that_the_client_takes) {
  const auto served = files();

  EXPECT_EQ(served.serve(get("/assets/app-1a2b.js", {{"Accept-Encoding", "gzip, br"}})).body, "br");
  EXPECT_EQ(served.serve(get("/assets/app-1a2b.js", {{"Accept-Encoding", "gzip, br;q=0"}})).body, "gz");
  EXPECT_EQ(served.serve(get("/assets/app-1a2b.js")).body, "script");
  EXPECT_EQ(served.serve(get("/assets/app-1a2b.js")).header("Cache-Control"), "public, max-age=31536000, immutable");
}

TEST(StaticFiles, answers_304_to_the_tag_of_the_same_form_only) {
  const auto served = files();
  const std::string plain(*served.serve(get("/assets/app-1a2b.js")).header("ETag"));

  EXPECT_EQ(served.serve(get("/assets/app-1a2b.js", {{"If-None-Match", "\"x\", W/" + plain}})).status, 304);
  EXPECT_EQ(served.serve(get("/assets/app-1a2b.js", {{"If-None-Match", plain}, {"Accept-Encoding", "br"}})).status,
            200);
}

TEST(StaticFiles, falls_back_to_the_page_for_navigation_only) {
  const auto served = files();
  const http::Headers browser{{"Accept", "text/html,*/*"}};

  EXPECT_EQ(served.serve(get("/", browser)).body, "<html>");
  EXPECT_EQ(served.serve(get("/apps/shop", browser)).body, "<html>");
  EXPECT_EQ(served.serve(get("/apps/shop", {{"Accept", "application/json"}})).status, 404);
  EXPECT_EQ(served.serve(get("/missing.js", browser)).status, 404);
}

TEST(StaticFiles, serves_a_page_by_its_name_alone) {
  const auto served = files();

  EXPECT_EQ(served.serve(get("/docs/mail")).body, "<h1>Mail");
  EXPECT_EQ(served.serve(get("/docs/mail/")).body, "<h1>Mail");
  EXPECT_EQ(served.serve(get("/docs/mail")).header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(served.serve(get("/docs/nothing")).status, 404);
  EXPECT_EQ(served.serve(get("/docs/mail/x")).status, 404);
}

}  // namespace
