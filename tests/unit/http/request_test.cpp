#include <gtest/gtest.h>

#include "common/http_client/endpoint.hpp"
#include "control-plane/platform/http/message.hpp"
#include "control-plane/platform/http/request_parser.hpp"

namespace {

struct Read {
  int refused{0};
  http::RequestHead head;
  std::string body;
  std::string left_over;
};

/// Feeds `bytes` in pieces of `step`; `refused` is the status, 0 when taken, -1 when more bytes are needed.
Read read_in_steps(std::string_view bytes, std::size_t step, std::size_t head_limit = 16 * 1024,
                   std::size_t body_limit = 1024) {
  http::RequestParser parser(head_limit);
  http_client::ReadBuffer buffer;
  bool head_done = false;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    buffer.append(bytes.substr(at, step));
    if (!head_done) {
      const auto fed = parser.feed_head(buffer);
      if (!fed) return {fed.error().status, {}, "", ""};
      if (!*fed) continue;
      head_done = true;
      if (const auto allowed = parser.limit_body(body_limit); !allowed) return {allowed.error().status, {}, "", ""};
    }
    const auto fed = parser.feed_body(buffer);
    if (!fed) return {fed.error().status, {}, "", ""};
    if (*fed) {
      const auto rest = at + step < bytes.size() ? std::string(bytes.substr(at + step)) : std::string();
      return {0, parser.head(), parser.take_body(), std::string(buffer.view()) + rest};
    }
  }
  return {-1, {}, "", ""};
}

Read read(std::string_view bytes) {
  const auto whole = read_in_steps(bytes, bytes.size());
  const auto single = read_in_steps(bytes, 1);
  EXPECT_EQ(whole.refused, single.refused) << bytes;
  EXPECT_EQ(whole.body, single.body) << bytes;
  EXPECT_EQ(whole.left_over, single.left_over) << bytes;
  return whole;
}

TEST(Request, is_read_the_same_in_one_piece_and_byte_by_byte) {
  const auto request = read("POST /a HTTP/1.1\r\nHost: h\r\ncontent-length: 5\r\n\r\nhelloGET");

  EXPECT_EQ(request.refused, 0);
  EXPECT_EQ(request.head.method, "POST");
  EXPECT_EQ(request.head.target, "/a");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(request.left_over, "GET");
}

TEST(Request, decodes_chunks_with_extensions_and_trailers) {
  const auto request = read(
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;name=value\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\nnext");

  EXPECT_EQ(request.refused, 0);
  EXPECT_EQ(request.body, "hello world");
  EXPECT_EQ(request.left_over, "next");
}

TEST(Request, keeps_the_connection_as_the_version_and_the_header_say) {
  EXPECT_TRUE(read("GET / HTTP/1.1\r\nHost: h\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(read("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(read("GET / HTTP/1.0\r\n\r\n").head.keep_alive);
  EXPECT_TRUE(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.keep_alive);
}

TEST(Request, is_refused_where_readers_could_disagree) {
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  for (const auto& bytes :
       std::vector<std::string>{post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                                post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
                                post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                                post + "Content-Length: 5, 5\r\n\r\nhello",
                                post + "Content-Length: +5\r\n\r\nhello",
                                post + "Content-Length: -5\r\n\r\nhello",
                                post + "Content-Length: 0x5\r\n\r\nhello",
                                post + "Content-Length: \r\n\r\n",
                                post + "Content-Length: 99999999999999999999\r\n\r\n",
                                post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                                post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                                post + "Transfer-Encoding: identity\r\n\r\n",
                                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                chunked + "x\r\nhello\r\n0\r\n\r\n",
                                chunked + "-1\r\nhello\r\n0\r\n\r\n",
                                chunked + "5\nhello\n0\n\n",
                                chunked + "5;a\nb\r\nhello\r\n0\r\n\r\n",
                                chunked + "5;a\rb\r\nhello\r\n0\r\n\r\n",
                                chunked + "5 \n\r\nhello\r\n0\r\n\r\n",
                                chunked + "5\r\nhello\r\n0\r\nA: b\n\r\n\r\n",
                                chunked + "5\r\nhello\n0\r\n\r\n",
                                chunked + "5\r\nhelloX\r\n0\r\n\r\n",
                                chunked + "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                                chunked + "0x5\r\nhello\r\n0\r\n\r\n",
                                "GET / HTTP/1.1\nHost: h\n\n",
                                get + "A: b\n\r\n",
                                get + "A: b\rC: d\r\n\r\n",
                                get + "A: b\r\n folded\r\n\r\n",
                                get + " A: b\r\n\r\n",
                                get + "A b\r\n\r\n",
                                get + ": b\r\n\r\n",
                                get + std::string("A: b\0c\r\n\r\n", 10),
                                get + "Host: h\r\n\r\n",
                                get + "host: other\r\n\r\n",
                                get + "Authorization: a\r\nauthorization: b\r\n\r\n",
                                "GET / HTTP/1.1\r\n\r\n",
                                "GET / HTTP/1.1\r\nHost: \r\n\r\n",
                                "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
                                "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
                                "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
                                "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
                                "GET /\r\nHost: h\r\n\r\n",
                                "GET / http/1.1\r\nHost: h\r\n\r\n",
                                " GET / HTTP/1.1\r\nHost: h\r\n\r\n",
                                "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
                                "G{T / HTTP/1.1\r\nHost: h\r\n\r\n",
                                "\x16\x03\x01\x02"}) {
    EXPECT_EQ(read(bytes).refused, 400) << bytes;
  }
}

TEST(Request, is_refused_with_the_status_that_says_why) {
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";
  std::string many = get;
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";

  EXPECT_EQ(read("GET / HTTP/2.0\r\nHost: h\r\n\r\n").refused, 505);
  EXPECT_EQ(read(get + "Expect: something\r\n\r\n").refused, 417);
  EXPECT_EQ(read(many + "\r\n").refused, 431);
  EXPECT_EQ(read(get + "A: " + std::string(17000, 'x') + "\r\n\r\n").refused, 431);
}

TEST(Request, header_limit_is_exact) {
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  EXPECT_EQ(read_in_steps(request, request.size(), request.size()).refused, 0);
  EXPECT_EQ(read_in_steps(request, request.size(), request.size() - 1).refused, 431);
  EXPECT_EQ(read_in_steps(request, 1, request.size() - 1).refused, 431);
}

TEST(Request, body_limit_is_exact_for_both_framings) {
  const auto with_length = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  const auto in_chunks = [](std::size_t size) {
    std::string text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < size; ++i) text += "1\r\nx\r\n";
    return text + "0\r\n\r\n";
  };

  EXPECT_EQ(read(with_length(1024)).refused, 0);
  EXPECT_EQ(read(with_length(1025)).refused, 413);
  EXPECT_EQ(read(in_chunks(1024)).body.size(), 1024U);
  EXPECT_EQ(read(in_chunks(1025)).refused, 413);
}

TEST(Request, chunk_size_lines_cannot_grow_for_ever) {
  const auto refused =
      read_in_steps("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(100'000, 'x'),
                    1000)
          .refused;

  EXPECT_EQ(refused, 400);
}

TEST(Request, finds_a_cookie_and_refuses_it_twice) {
  http::Request request;
  request.headers = {{"cookie", "a=1; wh_session=abc; b=x=y; c=1; c=2"}};

  EXPECT_EQ(request.cookie("wh_session"), "abc");
  EXPECT_EQ(request.cookie("b"), "x=y");
  EXPECT_EQ(request.cookie("c"), std::nullopt);
  EXPECT_EQ(request.cookie("session"), std::nullopt);
}

TEST(Url, is_read_with_defaults_and_brackets) {
  const auto url = http_client::parse_url("wss://[::1]:7071/v1/workers/connect?a=b");

  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 7071);
  EXPECT_EQ(url->target, "/v1/workers/connect?a=b");
  EXPECT_EQ(url->endpoint().host_header(), "[::1]:7071");
  EXPECT_EQ(http_client::parse_url("https://host")->port, 443);
  EXPECT_EQ(http_client::parse_url("http://host?a")->target, "/?a");
  EXPECT_EQ(http_client::parse_url("https://host:443/")->endpoint().host_header(), "host");
}

TEST(Url, refuses_what_could_point_elsewhere) {
  for (const auto* text : {"", "host", "//host", "ftp://host", "http://", "http://u@host", "http://host:0",
                           "http://host:", "http://host:99999", "http://ho st", "http://host\n", "http://[::1",
                           "http://[::1]x", "http://h/#a", "http://h\\a", "file:///etc/passwd"}) {
    EXPECT_FALSE(http_client::parse_url(text)) << text;
  }
}

}  // namespace
