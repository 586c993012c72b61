#include "tests/unit/cli/fake_api.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>

#include "cli/context_file.hpp"
#include "common/base/failure.hpp"

namespace cli_test {
namespace {

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string read_request(int fd) {
  std::string bytes;
  std::size_t whole = std::string::npos;
  char chunk[8192];
  while (bytes.size() < whole) {
    const auto got = ::recv(fd, chunk, sizeof chunk, 0);
    if (got <= 0) break;
    bytes.append(chunk, static_cast<std::size_t>(got));
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const auto at = bytes.find("Content-Length: ");
    whole = end + 4 + (at < end ? std::strtoull(bytes.c_str() + at + 16, nullptr, 10) : 0);
  }
  return bytes;
}

Asked parse(const std::string& bytes) {
  Asked asked;
  std::istringstream lines(bytes);
  std::string line;
  std::getline(lines, line);
  std::istringstream first(line);
  first >> asked.method >> asked.target;
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    asked.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  const auto end = bytes.find("\r\n\r\n");
  if (end != std::string::npos) asked.body = bytes.substr(end + 4);
  return asked;
}

}  // namespace

FakeApi::FakeApi() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_.get(), 64) != 0) {
    base::throw_errno("listen");
  }
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

FakeApi::~FakeApi() {
  stopping_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

void FakeApi::tell(const std::string& key, Told answer) {
  const std::scoped_lock lock(mutex_);
  answers_[key].push_back(std::move(answer));
}

std::vector<Asked> FakeApi::asked() const {
  const std::scoped_lock lock(mutex_);
  return asked_;
}

Asked FakeApi::last(const std::string& method, const std::string& target) const {
  const auto all = asked();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (it->method == method && it->target.starts_with(target)) return *it;
  }
  return {};
}

void FakeApi::serve() {
  while (!stopping_) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    answer(fd);
  }
}

void FakeApi::answer(int fd) {
  base::UniqueFd connection(fd);
  const Asked asked = parse(read_request(fd));
  if (asked.method.empty()) return;
  Told told{404, R"({"title":"Not Found","status":404,"code":"route.not_found","detail":"There is no such thing."})",
            "", false};
  {
    const std::scoped_lock lock(mutex_);
    asked_.push_back(asked);
    const auto found = answers_.find(asked.method + " " + asked.target);
    if (found == answers_.end()) {
      if (const auto answer = otherwise_ ? otherwise_(asked) : std::nullopt) told = *answer;
    } else {
      told = found->second.front();
      if (found->second.size() > 1) found->second.erase(found->second.begin());
    }
  }
  if (hook_) hook_(asked);
  std::string head = "HTTP/1.1 " + std::to_string(told.status) + " X\r\nConnection: close\r\n" + told.headers;
  if (!told.hold && told.status != 204) head += "Content-Length: " + std::to_string(told.body.size()) + "\r\n";
  send_all(fd, head + "\r\n" + told.body);
  if (told.hold) held_.push_back(std::move(connection));
}

Person::Person() {
  char name[] = "/tmp/wh-cli-XXXXXX";
  folder_ = ::mkdtemp(name);
}

Person::~Person() {
  std::filesystem::remove_all(folder_);
}

void Person::sign_in(const FakeApi& api) {
  const auto saved = cli::blocking_save_context(
      context_file(), cli::Context{.server = api.url(), .organization = "acme", .session = "s3cret"});
  if (!saved) throw base::Failure(saved.error().message);
}

int Person::wh(std::vector<std::string> words) {
  out_.str("");
  err_.str("");
  std::istringstream in(types);
  auto variables = env;
  variables["WISEHOSTING_CLI_HOME"] = folder_;
  cli::Terminal terminal{.out = out_,
                         .err = err_,
                         .in = in,
                         .out_is_terminal = at_terminal,
                         .err_is_terminal = at_terminal,
                         .in_is_terminal = at_terminal,
                         .env = std::move(variables)};
  const base::SystemClock clock;
  return cli::run(std::move(words), terminal, clock);
}

}  // namespace cli_test
