#include "obkit/signals/in_sample.hpp"

#include <cassert>

namespace obkit::signals {

std::string InSampleGuard::warning() const {
  assert(books_ > 0);
  return "IN-SAMPLE: the model was trained on books from " + format_iso(range_->first) + " to " +
         format_iso(range_->last) +
         ", and these inputs have books of that time; expect worse on others";
}

}  // namespace obkit::signals
