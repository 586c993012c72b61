// Plays `wh-control-plane serve`, `wh-control-plane worker-token` and `wh-agent run`. What it does is appended to
// $WISEHOSTING_HOME/journal, one line an event. `once` files in the home change how it behaves.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path home() {
  return variable("WISEHOSTING_HOME");
}

void journal(const std::string& line) {
  const int fd = ::open((home() / "journal").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const std::string text = line + "\n";
  [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
  ::close(fd);
}

/// True once for each file of that name that a test has put into the home.
bool told_once(const std::string& what) {
  return std::filesystem::remove(home() / what);
}

int stop_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return ::signalfd(-1, &set, 0);
}

int serve() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(std::atoi(variable("WISEHOSTING_DASHBOARD_PORT").c_str())));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 8) != 0)
    return 1;
  pollfd waits[2] = {{.fd = listener, .events = POLLIN, .revents = 0},
                     {.fd = stop_signal(), .events = POLLIN, .revents = 0}};
  journal("control-plane started crash_at=" + variable("WH_CRASH_AT"));
  for (;;) {
    ::poll(waits, 2, -1);
    if ((waits[1].revents & POLLIN) != 0) break;
    const int connection = ::accept(listener, nullptr, nullptr);
    char request[1024];
    [[maybe_unused]] const auto got = ::recv(connection, request, sizeof request, 0);
    const std::string answer = told_once("not-ready") ? "HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n"
                                                      : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(connection);
  }
  journal("control-plane stopped");
  return 0;
}

int worker_token() {
  journal("token made");
  if (told_once("token-fails")) return 3;
  std::puts(R"({"token":"wh_enrol_x","expires_at":"2026-01-01T00:00:00.000Z","name":"local",)"
            R"("hub_url":"https://127.0.0.1:1","ca_pin":"sha256/abc"})");
  return 0;
}

int agent() {
  std::string token;
  std::ifstream(variable("WISEHOSTING_ENROLMENT_TOKEN_FILE")) >> token;
  journal("agent started token=" + token + " hub=" + variable("WISEHOSTING_HUB_URL") +
          " pin=" + variable("WISEHOSTING_CA_PIN") + " ports=" + variable("WISEHOSTING_PUBLISH_PORTS"));
  if (told_once("agent-dies")) return 7;
  const auto link = std::filesystem::path(variable("WISEHOSTING_STATE_DIR")) / "link";
  std::filesystem::create_directories(link);
  std::ofstream(link / "identity.json") << "{}";
  const int signals = stop_signal();
  if (std::filesystem::exists(home() / "agent-hangs")) {
    for (;;) ::pause();
  }
  signalfd_siginfo info{};
  [[maybe_unused]] const auto got = ::read(signals, &info, sizeof info);
  journal("agent stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "serve") return serve();
  if (command == "worker-token") return worker_token();
  if (command == "run") return agent();
  return 64;
}
