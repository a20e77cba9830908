#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "obkit/core/byte_stream.hpp"
#include "obkit/neural/training.hpp"

namespace obtrain {

/// Losses of each epoch as CSV, member after member whatever the order in which they are learnt.
class History {
 public:
  /// `sink` may be null: nothing is written then.
  explicit History(std::unique_ptr<obkit::ByteSink> sink);

  void add(std::size_t member, const obkit::neural::Epoch& epoch);
  /// No epoch of that member comes any more.
  void finish(std::size_t member);
  /// Proves that all was written.
  void close();

 private:
  std::unique_ptr<obkit::ByteSink> sink_;
  std::size_t current_ = 0;                     ///< whose rows are written as they come
  std::map<std::size_t, std::string> waiting_;  ///< rows of members behind it
  std::map<std::size_t, bool> finished_;
};

}  // namespace obtrain
