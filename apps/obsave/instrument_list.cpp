#include "obsave/instrument_list.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "obkit/core/encoding.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::obsave {
namespace {

using feed::Instrument;

bool may_pass(const feed::HttpAnswer& answer) {
  constexpr int region_or_ban = 403, not_found = 404, timeout = 408, banned = 418, too_many = 429,
                broken = 500;
  if (answer.status == 0) return !answer.is_final;
  return answer.status == region_or_ban || answer.status == not_found || answer.status == timeout ||
         answer.status == banned || answer.status == too_many || answer.status >= broken;
}

/// What the server says besides its status; a page for people says nothing.
std::string words_of(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || body[first] == '<') return "";
  return ": " + store::shown(body.substr(first));
}

}  // namespace

InstrumentList::InstrumentList(const feed::Listing& listing, std::string server)
    : listing_{listing},
      server_{std::move(server)},
      targets_{listing.targets.begin(), listing.targets.end()} {}

std::optional<feed::HttpGet> InstrumentList::next() {
  if (targets_.empty()) return std::nullopt;
  feed::HttpGet get{.target = std::move(targets_.front()), .pause = listing_.pause};
  targets_.pop_front();
  return get;
}

void InstrumentList::take(const feed::HttpAnswer& answer) {
  constexpr std::size_t most_pages = 200;
  if (!answer.problem.empty())
    throw ListFailure{printable(answer.problem) + words_of(answer.body),
                      may_pass(answer) ? ListFailure::Cause::passing : ListFailure::Cause::final,
                      answer.retry_after};
  feed::InstrumentPage page = listing_.read(answer.target, answer.body);
  if (page.problem.empty() && ++pages_ > most_pages) page.problem = "the list has no end";
  if (!page.problem.empty())
    throw ListFailure{server_ + std::string{answer.target} + ": " + printable(page.problem) +
                          words_of(answer.body),
                      ListFailure::Cause::passing, answer.retry_after};
  for (Instrument& one : page.instruments)
    if (!one.symbol.empty()) found_.push_back(std::move(one));
  if (!page.next.empty()) targets_.push_back(std::move(page.next));
}

std::vector<Instrument> InstrumentList::instruments() && {
  const auto by_symbol = [](const Instrument& a, const Instrument& b) {
    return a.symbol < b.symbol;
  };
  std::stable_sort(found_.begin(), found_.end(), by_symbol);
  const auto is_same = [](const Instrument& a, const Instrument& b) {
    return a.symbol == b.symbol;
  };
  found_.erase(std::unique(found_.begin(), found_.end(), is_same), found_.end());
  return std::move(found_);
}

}  // namespace obkit::obsave
