#pragma once

#include <memory>
#include <string>
#include <vector>

#include "obkit/exchange/exchange.hpp"

namespace obkit::exchange {

/// A client without a socket: it keeps what it gets.
struct Inbox final : Receiver {
  std::vector<std::string> frames;

  bool deliver(std::shared_ptr<const std::string> frame) override {
    frames.push_back(*frame);
    return true;
  }
};

}  // namespace obkit::exchange
