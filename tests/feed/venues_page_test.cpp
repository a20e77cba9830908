#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "obkit/feed/venue.hpp"

namespace obkit::feed {
namespace {

const std::string page = OBKIT_SOURCE_DIR "/docs/venues.md";

std::string keepalive_of(const Venue& venue) {
  if (!venue.keepalive) return "pings of WebSocket";
  if (venue.keepalive->text.empty())
    return "pings of WebSocket each " + std::to_string(venue.keepalive->every.count()) + " s";
  return "`" + std::string{venue.keepalive->text} + "` each " +
         std::to_string(venue.keepalive->every.count()) + " s";
}

std::string limit_of(const Venue& venue) {
  const std::size_t most = venue.most_symbols(false), with_trades = venue.most_symbols(true);
  if (most == 0) return "any";
  return std::to_string(most) +
         (with_trades < most ? "; " + std::to_string(with_trades) + " with trades" : "");
}

std::string host_of(std::string_view url) {
  const std::size_t begin = url.find("://") + 3;
  return std::string{url.substr(begin, url.find('/', begin) - begin)};
}

/// The page's list of one venue.
std::string entry_of(const Venue& venue) {
  const VenueFacts& facts = venue.facts;
  std::ostringstream text;
  text << "### " << venue.name << "\n\n| | |\n|---|---|\n"
       << "| default symbol | `" << venue.default_symbol << "` |\n"
       << "| server | " << host_of(venue.live_url) << " |\n"
       << "| HTTP server | "
       << (venue.live_http_url.empty() ? "none is asked" : host_of(venue.live_http_url)) << " |\n"
       << "| channel | " << facts.channel << " |\n"
       << "| levels a side | " << facts.depth << " |\n"
       << "| first book | " << facts.snapshot << " |\n"
       << "| proof | " << facts.proof << " |\n"
       << "| trades | " << facts.trades << " |\n"
       << "| keepalive | " << keepalive_of(venue) << " |\n"
       << "| silence | connection " << venue.silence.connection.count() << " s, symbol "
       << venue.silence.symbol.count() << " s |\n"
       << "| symbols a connection | " << limit_of(venue) << " |\n";
  if (!facts.ends.empty()) text << "| planned ends | " << facts.ends << " |\n";
  text << "| region | " << facts.region << " |\n"
       << "| archives | " << facts.archives << " |\n";
  return text.str();
}

std::string entries() {
  std::string text;
  for (const Venue& venue : venues()) text += (text.empty() ? "" : "\n") + entry_of(venue);
  return text;
}

constexpr std::string_view begin_mark = "<!-- from the registry -->\n\n";
constexpr std::string_view end_mark = "\n<!-- end -->";

TEST(VenuesPage, has_of_each_venue_what_the_registry_says) {
  std::ifstream file{page};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::size_t begin = text.find(begin_mark), end = text.find(end_mark);
  ASSERT_NE(begin, std::string::npos) << page;
  ASSERT_NE(end, std::string::npos) << page;
  const std::size_t list = begin + begin_mark.size();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    text.replace(list, end - list, entries());
    std::ofstream{page} << text;
    return;
  }
  EXPECT_EQ(text.substr(list, end - list), entries())
      << "UPDATE_GOLDEN=1 rewrites the list of " << page;
}

TEST(VenuesPage, nothing_is_left_unsaid) {
  for (const Venue& venue : venues())
    for (const std::string_view fact :
         {venue.facts.channel, venue.facts.depth, venue.facts.snapshot, venue.facts.proof,
          venue.facts.region, venue.facts.archives, venue.facts.trades})
      EXPECT_FALSE(fact.empty()) << venue.name;
}

}  // namespace
}  // namespace obkit::feed
