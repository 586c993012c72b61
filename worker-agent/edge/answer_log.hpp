#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "common/async/task.hpp"

namespace edge {

/// The unix datagram socket to which HAProxy writes one line for each answer (a sample of them where there are many).
/// What nobody reads in time is dropped by the kernel: the lines are for percentiles, never for counts.
class AnswerLog {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  /// `file` is where it listens, in a folder that only the agent and HAProxy can enter; its path may be of any length.
  AnswerLog(boost::asio::any_io_executor executor, std::filesystem::path file, OnLine on_line);
  ~AnswerLog();
  AnswerLog(const AnswerLog&) = delete;
  AnswerLog& operator=(const AnswerLog&) = delete;

  /// Makes the socket anew (an old one goes) and hands over lines until cancelled. Throws base::Failure when it cannot
  /// be made; the folder must exist.
  async::Task<void> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace edge
