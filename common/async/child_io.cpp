#include "common/async/child_io.hpp"

#include <algorithm>

namespace async::detail {

void Tail::append(const char* data, std::size_t size) {
  bytes_.append(data, size);
  if (bytes_.size() > 2 * limit_ + 1) bytes_.erase(0, bytes_.size() - limit_);
}

std::string Tail::take() {
  if (bytes_.size() > limit_) bytes_.erase(0, bytes_.size() - limit_);
  return std::exchange(bytes_, {});
}

Task<void> Bell::wait(base::SteadyTime end) {
  boost::asio::steady_timer timer(executor_);
  const auto place = waiting_.insert(waiting_.end(), &timer);
  struct Leave {
    std::list<boost::asio::steady_timer*>& list;
    std::list<boost::asio::steady_timer*>::iterator place;
    ~Leave() { list.erase(place); }
  };
  const Leave leave{waiting_, place};
  co_await wait_until(timer, end);
}

}  // namespace async::detail
