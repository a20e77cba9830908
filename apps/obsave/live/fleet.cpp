#include "obsave/live/fleet.hpp"

#include <utility>

namespace obkit::obsave {

Fleet::Fleet(const Options& options, const MakeProtocol& make_protocol, Upkeep::Parts parts,
             Patience patience)
    : upkeep_{options, std::move(parts)} {
  const std::span<const std::string> symbols = options.symbols;
  const std::size_t count = options.connections();
  patience.check_pace *= static_cast<int>(count);  // witnesses are asked for by one address
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * symbols.size() / count, end = (i + 1) * symbols.size() / count;
    const auto part = symbols.subspan(begin, end - begin);
    std::vector<std::string> own{part.begin(), part.end()};
    lives_.emplace_back(
        options, upkeep_, own, [make_protocol, own] { return make_protocol(own); }, patience);
  }
}

void Fleet::end() {
  for (Live& live : lives_) live.end();
}

std::vector<net::SessionObserver*> Fleet::observers() {
  std::vector<net::SessionObserver*> observers;
  for (Live& live : lives_) observers.push_back(&live);
  return observers;
}

}  // namespace obkit::obsave
