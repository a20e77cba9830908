#include "obkit/exchange/protocol.hpp"

#include "bitmex.hpp"
#include "deribit.hpp"

namespace obkit::exchange {

const Protocol& protocol(Venue venue) {
  static const BitmexProtocol bitmex;
  static const DeribitProtocol deribit;
  if (venue == Venue::deribit) return deribit;
  return bitmex;
}

}  // namespace obkit::exchange
