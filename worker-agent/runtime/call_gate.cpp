#include "worker-agent/runtime/call_gate.hpp"

namespace runtime {

async::Task<CallGate::Place> CallGate::enter() {
  if (free_ > 0) {
    --free_;
    co_return Place(*this);
  }
  auto waiter = std::make_shared<Waiter>(async::Nudge(executor_));
  waiting_.push_back(waiter);
  try {
    while (!waiter->admitted) co_await waiter->nudge.wait(std::chrono::hours(1));
  } catch (...) {
    if (waiter->admitted) {
      leave();
    } else {
      waiting_.remove(waiter);
    }
    throw;
  }
  co_return Place(*this);
}

void CallGate::leave() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  const auto next = waiting_.front();
  waiting_.pop_front();
  next->admitted = true;
  next->nudge.notify();
}

}  // namespace runtime
