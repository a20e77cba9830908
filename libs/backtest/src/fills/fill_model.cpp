#include "obkit/backtest/fill_model.hpp"

#include <algorithm>
#include <array>

namespace obkit::backtest {

/// Each is defined in the file of its name.
namespace fills {
FillModel taker();
FillModel touch();
FillModel queue();
}  // namespace fills

std::span<const FillModel> fill_models() {
  static const std::array all{fills::taker(), fills::touch(), fills::queue()};
  return all;
}

const FillModel* find_fill_model(std::string_view name) {
  const auto all = fill_models();
  const auto found = std::ranges::find(all, name, &FillModel::name);
  return found == all.end() ? nullptr : &*found;
}

std::function<std::size_t(const OrderBook&)> levels_asked(const Options& options) {
  check(options);
  const auto levels = find_fill_model(options.fill.name)->levels;
  if (levels == nullptr) return {};
  return [levels, amount = to_amount(options.size)](const OrderBook& book) {
    // The worst bid is looked at where it is not above zero.
    return book.prices.front() > Price{} ? levels(book, amount) : book.depth() / 2;
  };
}

}  // namespace obkit::backtest
