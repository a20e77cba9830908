#include "obkit/neural/team.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace obkit::neural {
namespace {

/// Floats that go from rank to rank at a time: the next one adds while this one adds what follows.
constexpr std::size_t slice = 4096;

}  // namespace

const Team& alone() {
  static const OfOne<Team> one;
  return one;
}

Range share_of(std::size_t count, std::size_t rank, std::size_t ranks) {
  const auto begin = [&](std::size_t r) { return (r * count + ranks - 1) / ranks; };
  return {begin(rank), begin(rank + 1)};
}

std::vector<std::vector<double>> gather(const Team& team, std::span<const double> own) {
  std::vector<std::vector<double>> all;
  const auto bytes = std::as_bytes(own);
  for (const std::string& one :
       team.gather({reinterpret_cast<const char*>(bytes.data()), bytes.size()})) {
    all.emplace_back(one.size() / sizeof(double));
    if (!one.empty()) std::memcpy(all.back().data(), one.data(), one.size());
  }
  return all;
}

void add_in_order(const Team& team, std::span<const float> terms, std::span<float> sum) {
  assert(terms.size() % sum.size() == 0 && (team.rank() > 0 || !terms.empty()));
  const std::size_t rank = team.rank(), last = team.size() - 1;
  for (std::size_t begin = 0; begin < sum.size(); begin += slice) {
    const auto part = sum.subspan(begin, std::min(slice, sum.size() - begin));
    std::size_t from = begin;
    if (rank > 0) {
      team.receive(part, rank - 1);
    } else {
      std::copy_n(terms.data() + from, part.size(), part.begin());
      from += sum.size();
    }
    for (; from < terms.size(); from += sum.size())
      for (std::size_t i = 0; i < part.size(); ++i) part[i] += terms[from + i];
    if (rank < last) team.send(part, rank + 1);
  }
  team.broadcast(sum, last);
}

}  // namespace obkit::neural
