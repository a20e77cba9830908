#pragma once

#include <optional>
#include <string>

#include "obkit/core/time.hpp"

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"

namespace obkit::obbacktest {

/// Books on which a sweep chooses its best row, and the rest, on which that row is reported.
struct ChoiceSpans {
  Span chosen_on, rest;
};

/// Of `--choose-on`: a share of the time from the first book to the last, above 0 and below 1, or
/// two UTC days, `20240801:20240815`, both included. Throws UsageError for another text; of a share
/// it reads the books, and throws as run().
[[nodiscard]] ChoiceSpans choice_spans_of(const std::string& text, const Plan& plan);

/// Runs all rows on either part, as if each were all there is. The listener hears the rest. Throws
/// as run().
[[nodiscard]] Outcome run_choice(const Plan& plan, const ChoiceSpans& spans,
                                 const Listener& listener);

}  // namespace obkit::obbacktest
