#include "obsave/live/terms_watch.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "obsave/instruments.hpp"

namespace obkit::obsave {

bool has_list(const Options& options) {
  return options.venue->listing != nullptr && !options.http_url().empty();
}

TermsWatch::TermsWatch(const Options& options, OnTerms on_terms, Patience patience)
    : options_{options},
      on_terms_{std::move(on_terms)},
      patience_{patience},
      pause_{patience.first_list} {}

void TermsWatch::begin(Clock::time_point now) {
  asked_.clear();
  if (!begun_) begun_ = now;
}

/// A symbol that never gets a book is not waited for: the list may say why.
std::optional<feed::HttpGet> TermsWatch::due(bool books_stand, Clock::time_point now) {
  if (is_done_ || is_asking() || !begun_ || now < next_) return std::nullopt;
  if (!books_stand && now - *begun_ <= patience_.unserved) return std::nullopt;
  next_ = now + pause_;
  pause_ = std::min(pause_ * 2, patience_.longest_list);
  list_.emplace(*options_.venue->listing, options_.http_url());
  return ask();
}

std::optional<feed::HttpGet> TermsWatch::ask() {
  auto page = list_->next();
  if (page) asked_ = page->target;
  return page;
}

std::optional<feed::HttpGet> TermsWatch::on_answer(const feed::HttpAnswer& answer,
                                                   Clock::time_point now) {
  asked_.clear();
  try {
    list_->take(answer);
  } catch (const ListFailure& failure) {
    give_up(failure, now);
    return std::nullopt;
  }
  auto page = ask();
  if (!page) finish();
  return page;
}

void TermsWatch::give_up(const ListFailure& failure, Clock::time_point now) {
  list_.reset();
  if (failure.retry_after()) next_ = std::max(next_, now + *failure.retry_after());
  const std::string text = failure.what();
  if (std::exchange(failure_, text) == text) return;
  spdlog::warn("no list of instruments: {}; it is asked for again in {:.0f} s", text,
               std::chrono::duration<double>{std::max(next_ - now, Clock::duration{0})}.count());
}

void TermsWatch::finish() {
  is_done_ = true;
  if (!failure_.empty()) spdlog::info("the list of instruments is there");
  for (const feed::Instrument& one : known_of(options_.symbols, std::move(*list_).instruments()))
    on_terms_(one);
  list_.reset();
}

}  // namespace obkit::obsave
